"""The deeds about images."""
