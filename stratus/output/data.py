"""Values as JSON, YAML and CSV, for programs; and as names with their values, for people."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratus.output.text import clean, show

FORMATS = ("table", "json", "yaml", "csv")


def value(data: Any, format: str, text: Callable[[], None]) -> None:
    """One thing: as JSON or YAML, or as `text` prints it."""
    if format == "json":
        show(as_json(plain(data)))
    elif format in ("yaml", "csv"):
        show(as_yaml(plain(data)))
    else:
        text()


def plain(data: Any) -> Any:
    """A value as JSON types, without the tags that only the wire needs."""
    from stratus.model.codec import encode

    return _untagged(encode(data))


def fields(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values, one pair a line."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, text in pairs:
        show(f"{name.ljust(width)}  {clean(text)}".rstrip())


def as_json(data: Any, *, indent: int | None = 2) -> str:
    """JSON types as text, all of it ASCII: nothing in it can be an order to a terminal."""
    import json

    return json.dumps(data, indent=indent)


def as_yaml(data: Any) -> str:
    """JSON types as text."""
    import yaml

    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=False)).rstrip("\n")


def as_csv(lines: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text; what a terminal would obey is visible in it."""
    import csv

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([clean(cell) for cell in line] for line in lines)
    return text.getvalue()


def _untagged(data: Any) -> Any:
    if isinstance(data, Mapping):
        from stratus.model.codec import KIND

        return {key: _untagged(item) for key, item in data.items() if key != KIND}
    if isinstance(data, list):
        return [_untagged(item) for item in data]
    return data
