"""Models: anything that answers a Prompt."""
