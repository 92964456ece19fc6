"""The sandbox: its parts by themselves, and whole."""
