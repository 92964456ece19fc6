"""The network door."""
