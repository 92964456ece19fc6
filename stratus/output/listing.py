"""Listings: as a table, JSON, YAML, CSV, or as names."""

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, TypeVar

from stratus.model.listing import Listing, Look, Row, arranged, cell
from stratus.output.colour import painted
from stratus.output.data import as_csv, as_json, as_yaml, fields
from stratus.output.text import clean, note, show, write
from stratus.output.width import GAP, cut, fitted, width

T = TypeVar("T")
Pairs = Sequence[tuple[str, str]]
EMPTY = "-"  # in a table, so that every line has all columns
_COLOURED = ("state", "level")
_DEFAULT_WIDTH = 80


def listing(kind: Listing[T], things: Iterable[T], look: Look) -> None:
    """Print what was asked for of `things`. JSON and YAML carry every field unless columns were asked for."""
    chosen = arranged(kind, things, look)
    if look.format in ("json", "yaml"):
        data = [kind.row(thing, look.columns) for thing in chosen]
        show(as_json(data) if look.format == "json" else as_yaml(data))
    elif look.format == "name":
        for thing in chosen:
            show(clean(cell(kind.name(thing))))
    elif look.format == "csv":
        columns = look.columns or kind.usual
        write(as_csv([columns] * look.header + _cells(kind, chosen, columns)))
    else:
        _table(kind, chosen, look)


def details(kind: Listing[T], things: Iterable[T], look: Look, more: Callable[[T], Pairs] = lambda _: ()) -> None:
    """Everything of each thing, one field a line, and as text also `more`, but no moments and spans in seconds, which
    stand there as people read them. Other formats are those of a listing."""
    if look.format != "table" or look.columns:
        listing(kind, things, replace(look, columns=look.columns or tuple(kind.fields)))
        return
    for number, thing in enumerate(arranged(kind, things, look)):
        if number:
            show()
        row = {name: cell(item) for name, item in kind.row(thing).items() if not name.endswith("_s")}
        pairs = [*row.items(), *more(thing)]
        fields([(name, text) for name, text in pairs if text])


def rows(data: Sequence[Row], columns: Sequence[str], format: str) -> None:
    """A few rows that nobody sorts or chooses from; `columns` are those of a table."""
    getters = {name: itemgetter(name) for name in (data[0] if data else columns)}
    listing(Listing(getters, tuple(columns), getters[columns[0]]), data, Look(format))


def _table(kind: Listing[T], things: Sequence[T], look: Look) -> None:
    everything = tuple(kind.fields) if look.format == "wide" else ()
    columns = look.columns or everything or look.usual or kind.usual
    body = [[_printed(text) for text in line] for line in _cells(kind, things, columns)]
    lines = [list(columns)] * look.header + body
    if not lines:
        return
    on_terminal = sys.stdout.isatty()
    measure = width if on_terminal else len  # who reads a pipe by positions counts characters
    widths = dict(enumerate(max(measure(line[i]) for line in lines) for i in range(len(columns))))
    if on_terminal:
        widths = fitted(list(widths.values()), _room(), *_ranked(kind, columns))
    for number, line in enumerate(lines):
        parts = []
        for place, room in widths.items():
            text = cut(line[place], room)
            state = look.coloured and columns[place] in _COLOURED and number >= look.header
            parts.append((painted(text, line[place]) if state else text) + " " * (room - measure(text)))
        show((" " * GAP).join(parts).rstrip())
    if len(widths) < len(columns):
        missing = [name for place, name in enumerate(columns) if place not in widths]
        note(f"no room for: {', '.join(missing)}; -o json has all")


def _cells(kind: Listing[T], things: Sequence[T], columns: Sequence[str]) -> list[Sequence[str]]:
    rows = (kind.row(thing, columns) for thing in things)
    return [[cell(row[name]) for name in columns] for row in rows]


def _printed(text: str) -> str:
    """One cell of a table: harmless, never empty, and without the two blanks that part columns."""
    return " ".join(clean(text).split()) or EMPTY


def _ranked(kind: Listing[Any], columns: Sequence[str]) -> tuple[list[int], list[int]]:
    """The places of the plain columns and of the dear ones, each with the easiest to do without first."""
    dear = [columns.index(name) for name in kind.kept if name in columns]
    return [place for place in reversed(range(len(columns))) if place not in dear], dear[::-1]


def _room() -> int:
    """The columns of the terminal."""
    return os.get_terminal_size(sys.stdout.fileno()).columns or _DEFAULT_WIDTH
