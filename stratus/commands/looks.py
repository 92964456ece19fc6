"""The options that say how a listing is to look; the command is handed them as one Look."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import update_wrapper
from typing import Any, TypeVar, cast

import click

from stratus import output
from stratus.commands.session import Session
from stratus.errors import ConfigError, UsageError
from stratus.model.listing import Listing, Look, columns_of, filter_of, sort_of
from stratus.model.values import dataclass

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "wide", "json", "yaml", "csv", "name")


@dataclass(frozen=True)
class _Asked:
    """What the options of one command line say."""

    format: str | None
    columns: str | None
    no_header: bool
    sort: str = ""
    filters: tuple[str, ...] = ()


def listing_options(listing: Listing[Any], *, configured: bool = True) -> Callable[[F], F]:
    """-o, --columns, --no-header, --sort and --filter; the command gets `look`.

    Unless `configured`, the user's configuration has no say in it."""
    return _handing_look(listing, (*_OPTIONS, *_CHOOSING), configured)


def result_options(listing: Listing[Any]) -> Callable[[F], F]:
    """-o, --columns and --no-header; the command gets `look`. For what a command did: nothing is left out of that."""
    return _handing_look(listing, _OPTIONS, configured=True)


_OPTIONS = (
    click.option("-o", "--output", "format", type=click.Choice(FORMATS), help="How to print it; a table unless told."),
    click.option("--columns", metavar="A,B,...", help="These fields, in this order."),
    click.option("--no-header", is_flag=True, help="Leave the line with the names of the columns out."),
)
_CHOOSING = (
    click.option("--sort", default="", metavar="[-]FIELD", help="Sort by this field; -FIELD from the last."),
    click.option(
        "--filter",
        "filters",
        multiple=True,
        metavar="FIELD=VALUE",
        help="Only where it is so; also FIELD!=VALUE, and FIELD~PART of the value. All that are given must hold.",
    ),
)


def _handing_look(listing: Listing[Any], options: Sequence[Callable[[F], F]], configured: bool) -> Callable[[F], F]:
    words = [each.name for each in fields(_Asked)]

    def decorate(command: F) -> F:
        def with_look(*args: Any, **given: Any) -> Any:
            asked = _Asked(**{word: given.pop(word) for word in words if word in given})
            session = click.get_current_context().find_object(Session)
            assert session is not None
            look = _configured_look(session, listing, asked) if configured else _look(listing, asked)
            coloured = output.is_coloured(session.preference("color") if configured else "auto", session.environ)
            return command(*args, look=replace(look, coloured=coloured), **given)

        wrapped = cast(F, update_wrapper(with_look, command))
        for option in reversed(options):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def _look(listing: Listing[Any], asked: _Asked) -> Look:
    """What the options alone ask for. Raises UsageError."""
    if asked.columns is not None and asked.format == "name":
        raise UsageError("-o name and --columns exclude each other", hint="--no-header --columns NAME")
    return Look(
        format=asked.format or "table",
        columns=columns_of(listing, asked.columns) if asked.columns is not None else (),
        header=not asked.no_header,
        sort=sort_of(listing, asked.sort) if asked.sort else "",
        filters=tuple(filter_of(listing, text) for text in asked.filters),
    )


def _configured_look(session: Session, listing: Listing[Any], asked: _Asked) -> Look:
    """The same, with what the user's configuration has for what the options leave open. Raises ConfigError."""
    look = replace(_look(listing, asked), usual=_own_columns(session, listing))
    if asked.format or session.quiet:  # -q asks for StratusLab's lines
        return look
    usual = session.preference("output_format")
    return look if look.columns and usual == "name" else replace(look, format=usual)


def _own_columns(session: Session, listing: Listing[Any]) -> tuple[str, ...]:
    """The columns that the user's configuration has for the table. Raises ConfigError."""
    text = session.preference(listing.columns_key) if listing.columns_key else ""
    try:
        return columns_of(listing, text) if text else ()
    except UsageError as wrong:
        raise ConfigError(f"{listing.columns_key}: {wrong.message}", hint=wrong.hint) from wrong
