"""The options that say a quota, and how what is held of one is shown."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from stratus.model.quota import NAMES, UNLIMITED, WORDS, Quota

if TYPE_CHECKING:
    from stratus.model.quota import Usage

F = TypeVar("F", bound=Callable[..., Any])
NONE, DEFAULT = "none", "default"
_OPTIONS = {name: f"--{name.partition('_')[0]}" for name in NAMES}
_UNITS = {"ram_mib": "MIB", "disk_gib": "GIB"}


class _Holds(Protocol):
    """A row about somebody who holds something of a quota."""

    @property
    def held(self) -> "Usage":
        """How much."""
        ...

    @property
    def quota(self) -> Quota:
        """Of how much."""
        ...


class Limit(click.ParamType[int | str]):
    """A number, `none` for no limit, or (where something is said already) `default` for what the site says."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """The number, or `default`. Raises click's BadParameter."""
        if value in (NONE, DEFAULT):
            return UNLIMITED if value == NONE else DEFAULT
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) < 11:
            return int(text)
        return self.fail(f"{text[:80]!r} is neither a number nor {NONE} nor {DEFAULT}.", param, ctx)


def quota_options(command: F) -> F:
    """--instances, --cpu, --ram, --disk, --volumes and --addresses; the command gets them by the names of a quota."""
    for name in reversed(NAMES):
        word, unit = WORDS[name]
        command = click.option(
            _OPTIONS[name],
            name,
            type=Limit(),
            metavar=_UNITS.get(name, "N"),
            help=f"{word[0].upper()}{word[1:]}{f' in{unit}' if unit else ''} at most: a number, {NONE} or {DEFAULT}.",
        )(command)
    return command


def quota_of(given: Mapping[str, int | str | None]) -> tuple[Quota, tuple[str, ...]]:
    """What the options say: the limits, and those of which nothing is said from now on."""
    said = {name: limit for name in NAMES if isinstance(limit := given.get(name), int)}
    return Quota(**said), tuple(name for name in NAMES if given.get(name) == DEFAULT)


def shown(name: str) -> Callable[[_Holds], object]:
    """The cell of one thing: what is held, and of how much if that is limited."""

    def cell(row: _Holds) -> object:
        limit = dict(row.quota.limits()).get(name)
        held = row.held.of(name)
        return held if limit is None else f"{held}/{limit}"

    return cell
