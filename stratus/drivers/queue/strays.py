"""What lies in a queue's directory and will never be worked on: what was given up, and what is none of its own."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from dirq.QueueSimple import LOCKED_SUFFIX

MINUTE = re.compile(r"[0-9a-f]{8}")
_ELEMENT = re.compile(r"[0-9a-f]{14}")
_GIVEN_UP = re.compile(r"[0-9a-f]{8}-[0-9a-f]{14}")
_NO_ELEMENT = "it is no element"
_MAX_REASON = 300


def is_element(entry: "os.DirEntry[str]") -> bool:
    """Whether an entry of a minute's folder is an element: by its name, and a plain file."""
    return _ELEMENT.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def strays(queue: Path, own: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Paths, and why each lies there; `own` are the names that belong to the queue. No element is read."""
    with os.scandir(queue) as entries:
        for entry in entries:
            if MINUTE.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                yield from ((path, _NO_ELEMENT) for path in _foreign(Path(entry.path)))
            elif entry.name not in own:
                yield entry.path, _NO_ELEMENT
    for name in os.listdir(queue / "poison"):
        path = queue / "poison" / name
        if _GIVEN_UP.fullmatch(name):
            yield str(path), f"it was given up: {_reason(path)}"
        elif not _GIVEN_UP.fullmatch(name.removesuffix(".reason")):
            yield str(path), _NO_ELEMENT


def _foreign(minute: Path) -> Iterator[str]:
    try:
        with os.scandir(minute) as entries:
            yield from (e.path for e in entries if not is_element(e) and not e.name.endswith(LOCKED_SUFFIX))
    except FileNotFoundError:  # tidied away meanwhile
        return


def _reason(element: Path) -> str:
    try:
        return element.with_suffix(".reason").read_text(errors="replace")[:_MAX_REASON]
    except FileNotFoundError:
        return "the reason was lost"
