"""The deeds about users and groups."""
