"""Changing one key in a file's text: every other line stays as it is, comments and order among them."""

import re
from collections.abc import Sequence
from pathlib import Path

from stratus.config.dialect import INLINE_COMMENT, Setting, Walked, lines_of, quotes_for, walk
from stratus.errors import BadInput

_HEAD = re.compile(r"\s*[^:=]+[:=]\s*")
_AFTER_QUOTES = re.compile(r"\s*[;#].*$")


def with_value(text: str, path: Path, *, section: str, key: str, value: str) -> str:
    """`text` with the key set to exactly `value`. Raises ConfigError for a broken file, BadInput for a value that the
    dialect cannot carry."""
    walked = walk(text, path)
    lines = lines_of(text)
    there = _last(walked, section, key)
    if there:
        lines[there.line - 1 : there.last] = _replaced(lines[there.line - 1 : there.last], there, value)
    elif section in walked.headers:
        place = max([walked.headers[section], *(each.last for each in walked.settings if each.section == section)])
        lines[place:place] = _written(f"{key} = ", value)
    else:
        lines += [*([""] if lines and lines[-1].strip() else []), f"[{section}]", *_written(f"{key} = ", value)]
    changed = _joined(lines, text)
    wanted = {**_values(walked), (section, key): value}
    if _values(walk(changed, path)) != wanted:
        raise BadInput(f"{key} cannot have this value: no line of {path} would be read as it")
    return changed


def without(text: str, path: Path, *, section: str, key: str) -> str:
    """`text` with no line that sets the key; comments stay. Raises ConfigError for a broken file."""
    walked = walk(text, path)
    lines = lines_of(text)
    # All of them: an earlier line would count when the later one is gone.
    for each in reversed([each for each in walked.settings if (each.section, each.key) == (section, key)]):
        lines[each.line - 1 : each.last] = _comments_inside(lines[each.line - 1 : each.last], each)
    return _joined(lines, text)


def _values(walked: Walked) -> dict[tuple[str, str], str]:
    return {(each.section, each.key): each.value for each in walked.settings}


def _last(walked: Walked, section: str, key: str) -> Setting | None:
    return next((e for e in reversed(walked.settings) if (e.section, e.key) == (section, key)), None)


def _replaced(lines: Sequence[str], old: Setting, value: str) -> list[str]:
    """The lines of a setting with another value; its name, its separator and its comments stay."""
    found = _HEAD.match(lines[0])
    assert found
    head = found[0] if found[0][-1].isspace() else f"{found[0]} "
    written = lines[0][found.end() :]
    behind = lines[-1].rpartition(written[:3])[2] if old.quoted else written
    comment = _AFTER_QUOTES.match(behind) if old.quoted else INLINE_COMMENT.search(behind)
    # Only a semicolon begins a comment behind a value that is not in quotes.
    remark = f" ; {comment[0].strip().lstrip(';#').lstrip()}" if comment else ""
    return [*_written(head, value, remark), *_comments_inside(lines, old)]


def _written(head: str, value: str, remark: str = "") -> list[str]:
    """The lines that are read as `value`: as StratusLab wrote them if that will do, else in triple quotes."""
    first, *more = value.split("\n")
    plain = not INLINE_COMMENT.search(first) and first == first.strip() and first[:3] not in ("'''", '"""')
    if plain and all(line and line == line.strip() and line[0] not in "#;" for line in more):
        return [
            f"{head}{first}{remark}".rstrip() if first else f"{head.rstrip()}{remark}",
            *(f"  {line}" for line in more),
        ]
    quotes = quotes_for(value)
    if not quotes:
        raise BadInput("a value cannot have both kinds of triple quotes in it")
    return f"{head}{quotes}{value}{quotes}{remark}".split("\n")


def _comments_inside(lines: Sequence[str], old: Setting) -> list[str]:
    return [] if old.quoted else [line for line in lines[1:] if line.lstrip()[:1] in ("#", ";")]


def _joined(lines: Sequence[str], like: str) -> str:
    end = "\r\n" if like.partition("\n")[0].endswith("\r") else "\n"
    return "".join(f"{line}{end}" for line in lines)
