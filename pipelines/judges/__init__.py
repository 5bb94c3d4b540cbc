"""Who decides what supports what."""
