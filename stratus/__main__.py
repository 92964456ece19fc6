"""The first step in: what depends on nothing is answered at once, and all else by the front door with its libraries."""

import os
import sys
from collections.abc import Sequence

from stratus import __version__

PAGE_WIDTH = 80


def main() -> int:
    """The exit status of this process's command line."""
    text = at_once(sys.argv[1:])
    if text:
        try:
            os.write(1, text)
            return 0
        except OSError:
            pass  # the front door knows what to say of an output that nobody reads
    from stratus.cli import run

    return run()


def at_once(words: Sequence[str]) -> bytes:
    """What --version and --help print; nothing when these are not the words, or the terminal is too narrow for it."""
    if words == ["--version"]:
        return f"stratus {__version__}\n".encode()
    if words in (["--help"], ["-h"]) and _is_wide_enough():
        with open(os.path.join(os.path.dirname(__file__), "help.txt"), "rb") as page:
            return page.read()
    return b""


def _is_wide_enough() -> bool:
    if "COLUMNS" in os.environ:
        return False  # somebody wishes a width
    try:
        return os.get_terminal_size(1).columns >= PAGE_WIDTH
    except OSError:
        return True  # no terminal


if __name__ == "__main__":
    sys.exit(main())
