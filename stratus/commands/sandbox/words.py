"""The next command line about a sandbox, as a user types it."""

import shlex


def line_of(verb: str, folder: str, *words: str) -> str:
    """The line; with the folder, if one was named."""
    return shlex.join(("stratus", "sandbox", verb, *(("--dir", folder) if folder else ()), *words))
