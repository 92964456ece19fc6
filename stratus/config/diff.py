"""The difference between two texts of a file, as `diff -u` shows it, with the passwords left out."""

import difflib
from collections.abc import Iterator
from pathlib import Path

from stratus.config.dialect import lines_of, walk
from stratus.config.keys import known_keys

HIDDEN = "***"
_CONTEXT = 3


def difference(path: Path, before: str, after: str, *, reveal: bool = False) -> list[str]:
    """The lines of a unified diff; none if the texts are the same."""
    old, new = lines_of(before) if before else [], lines_of(after) if after else []
    old_shown = old if reveal else list(_masked(old, before, path))
    new_shown = new if reveal else list(_masked(new, after, path))
    lines = []
    # Compared as they are, shown as they may be seen: a changed password is a change.
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        lines.append(f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@")
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                lines += [f" {line}" for line in old_shown[a1:a2]]
            else:
                lines += [f"-{line}" for line in old_shown[a1:a2]]
                lines += [f"+{line}" for line in new_shown[b1:b2]]
    return [f"--- {path}", f"+++ {path}", *lines] if lines else []


def _masked(lines: list[str], text: str, path: Path) -> Iterator[str]:
    secret = {}
    for each in walk(text, path, lambda _: None).settings:
        if each.key in known_keys() and known_keys()[each.key].secret and each.value:
            secret[each.line] = f"{each.key} = {HIDDEN}"
            secret |= dict.fromkeys(range(each.line + 1, each.last + 1), f"  {HIDDEN}")
    for number, line in enumerate(lines, start=1):
        yield secret.get(number, line)


def _range(begin: int, end: int) -> str:
    length = end - begin
    return f"{begin + 1}" if length == 1 else f"{begin + (length > 0)},{length}"
