"""stratus, the darn simple cloud: an INI file, an SSH key and a directory of work."""

__version__ = "0.1.0"
