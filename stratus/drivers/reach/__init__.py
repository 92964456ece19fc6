"""The reach door."""
