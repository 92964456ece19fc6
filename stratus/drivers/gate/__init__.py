"""The gate door: the front end of a cloud on another machine."""
