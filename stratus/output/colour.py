"""Colours of states, for those who like them; the word says the same without."""

import sys
from collections.abc import Mapping

_GREEN, _YELLOW, _RED, _DIM = "32", "33", "31", "2"
_STATES = {
    "running": _GREEN,
    "enabled": _GREEN,
    "pending": _YELLOW,
    "prolog": _YELLOW,
    "boot": _YELLOW,
    "shutdown": _YELLOW,
    "epilog": _YELLOW,
    "warning": _YELLOW,
    "unknown": _RED,
    "failed": _RED,
    "silent": _RED,
    "error": _RED,
    "stopped": _DIM,
    "suspended": _DIM,
    "done": _DIM,
    "disabled": _DIM,
}


def is_coloured(choice: str, environ: Mapping[str, str]) -> bool:
    """Whether results are coloured. `choice`: auto (on a terminal that can, unless NO_COLOR is set), always, never."""
    if choice == "auto":
        able = sys.stdout.isatty() and environ.get("TERM", "") not in ("", "dumb")
        return able and not environ.get("NO_COLOR")
    return choice == "always"


def painted(text: str, word: str) -> str:
    """`text` in the colour of the state `word`, if it is one."""
    colour = _STATES.get(word)
    return f"\x1b[{colour}m{text}\x1b[0m" if colour else text
