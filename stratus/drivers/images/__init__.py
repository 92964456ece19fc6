"""The image store door."""
