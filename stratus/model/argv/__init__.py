"""Command lines as values: what `--plan` prints and what the doors run come from the same pure functions."""

Argv = tuple[str, ...]
