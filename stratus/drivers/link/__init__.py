"""The link door."""
