"""Listings: what a command can tell of each thing, and which of it a user wants to see, in which order. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Generic, TypeVar

from stratus.errors import UsageError
from stratus.model.nearest import nearest
from stratus.model.values import dataclass

T = TypeVar("T")
Row = Mapping[str, Any]
_FILTER = re.compile(r"([^=!~]+)(!=|=|~)(.*)", re.DOTALL)
_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """What a command lists: every field of it by its name, in the order of their importance."""

    fields: Mapping[str, Callable[[T], Any]]
    usual: tuple[str, ...]  # the columns of a table, and of CSV
    name: Callable[[T], Any]  # what `-o name` prints: the word that other commands take for it
    kept: tuple[str, ...] = ("name",)  # the columns that a narrow terminal cuts last, the dearest first
    sorted_as: Mapping[str, str] = field(default_factory=dict)  # fields for people, and those behind them
    columns_key: str = ""  # the configuration key that has the user's own usual columns

    def row(self, thing: T, names: Sequence[str] = ()) -> Row:
        """These fields of one thing, or all."""
        return {name: self.fields[name](thing) for name in names or self.fields}

    def named(self, word: str, what: str = "column") -> str:
        """The field that a user means: case, blanks, hyphens and underscores are one. Raises UsageError."""
        found = {_folded(name): name for name in self.fields}
        if _folded(word) in found:
            return found[_folded(word)]
        near = nearest(_folded(word), found)
        known = f"one of: {', '.join(self.fields)}"
        raise UsageError(
            f"there is no {what} {word[:80]!r}", hint=f"did you mean {found[near]}? {known}" if near else known
        )


@dataclass(frozen=True)
class Filter:
    """One condition that a row must meet."""

    field: str
    sign: str  # = | != | ~ (has it somewhere in it)
    value: str

    def accepts(self, row: Row) -> bool:
        """Whether a row meets it."""
        text = cell(row[self.field])
        if self.sign == "~":
            return self.value.casefold() in text.casefold()
        return (text == self.value) is (self.sign == "=")


@dataclass(frozen=True)
class Look:
    """How a user wants a listing to look; every field in it is one that the listing has."""

    format: str = "table"  # table | wide | json | yaml | csv | name
    columns: tuple[str, ...] = ()  # () = all in JSON and YAML, else the listing's own
    usual: tuple[str, ...] = ()  # the columns of a table for which none were asked
    header: bool = True
    sort: str = ""  # "-field" = from the last to the first
    filters: tuple[Filter, ...] = ()
    coloured: bool = False

    @property
    def document(self) -> str:
        """The format for what is no listing: table | json | yaml | csv."""
        return "table" if self.format in ("wide", "name") else self.format


def columns_of(listing: Listing[Any], text: str) -> tuple[str, ...]:
    """The fields in `a,b,c`. Raises UsageError for one that is not there, or for none."""
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"columns are names with commas between, not {text[:80]!r}", hint="--columns name,state")
    return tuple(dict.fromkeys(listing.named(word) for word in words))


def filter_of(listing: Listing[Any], text: str) -> Filter:
    """The condition that FIELD=VALUE, FIELD!=VALUE or FIELD~VALUE asks for. Raises UsageError."""
    match = _FILTER.fullmatch(text)
    if match is None:
        raise UsageError(f"--filter takes FIELD=VALUE, FIELD!=VALUE or FIELD~VALUE, not {text[:80]!r}")
    return Filter(listing.named(match[1], "field"), match[2], match[3])


def sort_of(listing: Listing[Any], text: str) -> str:
    """The field to sort by, behind a hyphen for the other way round. Raises UsageError."""
    back = "-" if text.startswith("-") else ""
    return back + listing.named(text.removeprefix("-"), "field")


def arranged(listing: Listing[T], things: Iterable[T], look: Look) -> list[T]:
    """The things that were asked for, in the order that was asked for."""
    if not (look.filters or look.sort):
        return list(things)
    rows = [(thing, listing.row(thing)) for thing in things]
    rows = [(thing, row) for thing, row in rows if all(each.accepts(row) for each in look.filters)]
    if look.sort:
        shown = look.sort.removeprefix("-")
        behind = listing.sorted_as.get(shown, shown)
        # What has no value comes last, either way round.
        full = [(thing, row) for thing, row in rows if cell(row[behind])]
        full.sort(key=lambda each: rank(each[1][behind]), reverse=look.sort != shown)
        rows = full + [(thing, row) for thing, row in rows if not cell(row[behind])]
    return [thing for thing, _ in rows]


def cell(value: Any) -> str:
    """A value as the text of one cell."""
    if isinstance(value, str | int | float):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {cell(item)}" for key, item in value.items())
    if isinstance(value, Sequence):
        return ", ".join(map(cell, value))
    return str(value)


def rank(value: Any) -> tuple[Any, ...]:
    """What a value is sorted by: numbers as numbers, addresses as addresses, digits in a text as numbers."""
    if isinstance(value, int | float):
        return (0, value)
    text = cell(value)
    if len(text) < 50 and ("." in text or ":" in text):
        from ipaddress import ip_address  # only needed for sorting; its import would cost every start

        try:
            address = ip_address(text)
        except ValueError:
            pass
        else:
            return (1, address.version, int(address))
    pieces = _DIGITS.split(text.casefold())
    # Digits stand at the odd places. Their number is compared before they are, as that of any number: no limit, no int.
    return (2, [(len(p.lstrip("0")), p.lstrip("0")) if i % 2 else (0, p) for i, p in enumerate(pieces)], text)


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.strip()).casefold()
