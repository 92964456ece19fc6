"""Listings: rows as a table, JSON, YAML or CSV."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from stratus.output.data import as_csv, as_json, as_yaml
from stratus.output.text import clean, show

Row = Mapping[str, Any]


def rows(data: Sequence[Row], columns: Sequence[str], format: str, *, header: bool = True) -> None:
    """A listing. JSON and YAML carry every field, table and CSV the given columns."""
    if format == "json":
        show(as_json([dict(row) for row in data]))
    elif format == "yaml":
        show(as_yaml([dict(row) for row in data]))
    else:
        lines = [columns] * header + [[str(row[column]) for column in columns] for row in data]
        if format == "csv":
            sys.stdout.write(as_csv(lines))
        else:
            table(lines)


def table(lines: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two blanks between them, none at the end."""
    cells = [[clean(cell) for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))] if cells else []
    for line in cells:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
