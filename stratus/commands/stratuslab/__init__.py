"""StratusLab's own command names: other words, and its output to the byte, on the same requests."""
