"""stratus user show: everything about users."""

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.commands.user.shown import USERS
from stratus.model.listing import Look
from stratus.model.requests import ListUsersRequest


@click.command("show")
@click.argument("names", metavar="USER...", nargs=-1, required=True)
@listing_options(USERS)
@pass_session
def command(session: Session, names: tuple[str, ...], look: Look) -> None:
    """Show everything that is known of users.

    \b
    Example:
      stratus user show alice
    """
    rows = session.perform(ListUsersRequest(names))
    output.details(USERS, rows, look)
