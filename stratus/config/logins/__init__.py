"""StratusLab's login files: who may come in by password, and who by certificate. They serve the HTTP side."""
