"""What is measured: architectures and the patterns around them, behind one interface. Nothing here imports `pipelines`."""
