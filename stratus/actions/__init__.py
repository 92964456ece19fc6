"""The deeds: one file per verb, a request in, a value out; usable without a terminal."""
