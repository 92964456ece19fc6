"""The options that say how a listing is to look; the command is handed them as one Look."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

import click

from stratus import output
from stratus.commands.session import Session
from stratus.errors import ConfigError, UsageError
from stratus.model.listing import Listing, Look, columns_of, filter_of, sort_of

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "wide", "json", "yaml", "csv", "name")


def listing_options(listing: Listing[Any], *, configured: bool = True) -> Callable[[F], F]:
    """-o, --columns, --no-header, --sort and --filter; the command gets `look`.

    Unless `configured`, the user's configuration has no say in it."""

    def decorate(command: F) -> F:
        sort = click.option("--sort", default="", metavar="[-]FIELD", help="Sort by this field; -FIELD from the last.")
        filters = click.option(
            "--filter",
            "filters",
            multiple=True,
            metavar="FIELD=VALUE",
            help="Only where it is so; also FIELD!=VALUE, and FIELD~PART of the value. All that are given must hold.",
        )
        return result_options(listing, configured=configured)(sort(filters(command)))

    return decorate


def result_options(listing: Listing[Any], *, configured: bool = True) -> Callable[[F], F]:
    """-o, --columns and --no-header; the command gets `look`. For what a command did: nothing is left out of that."""

    def decorate(command: F) -> F:
        def with_look(
            *args: Any,
            format: str | None,
            columns: str | None,
            no_header: bool,
            sort: str = "",
            filters: tuple[str, ...] = (),
            **more: Any,
        ) -> Any:
            session = click.get_current_context().find_object(Session)
            assert session is not None
            chosen = format or ("table" if session.quiet or not configured else session.preference("output_format"))
            if columns is not None and chosen == "name":
                raise UsageError("-o name and --columns exclude each other", hint="--no-header --columns NAME")
            look = Look(
                format=chosen,
                columns=columns_of(listing, columns) if columns is not None else (),
                usual=_own_columns(session, listing) if configured else (),
                header=not no_header,
                sort=sort_of(listing, sort) if sort else "",
                filters=tuple(filter_of(listing, text) for text in filters),
                coloured=output.is_coloured(session.preference("color") if configured else "auto", session.environ),
            )
            return command(*args, look=look, **more)

        wrapped = update_wrapper(with_look, command)
        for option in reversed(_OPTIONS):
            wrapped = option(wrapped)
        return cast(F, wrapped)

    return decorate


_OPTIONS = (
    click.option("-o", "--output", "format", type=click.Choice(FORMATS), help="How to print it; a table unless told."),
    click.option("--columns", metavar="A,B,...", help="These fields, in this order."),
    click.option("--no-header", is_flag=True, help="Leave the line with the names of the columns out."),
)


def _own_columns(session: Session, listing: Listing[Any]) -> tuple[str, ...]:
    """The columns that the user's configuration has for the table. Raises ConfigError."""
    text = session.preference(listing.columns_key) if listing.columns_key else ""
    try:
        return columns_of(listing, text) if text else ()
    except UsageError as wrong:
        raise ConfigError(f"{listing.columns_key}: {wrong.message}", hint=wrong.hint) from wrong
