"""stratus user list: the users."""

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.commands.user.shown import USERS
from stratus.model.listing import Look
from stratus.model.requests import ListUsersRequest


@click.command("list")
@listing_options(USERS)
@pass_session
def command(session: Session, look: Look) -> None:
    """Show the users, with what they hold of what they may (held/limit). A user sees themself, an operator all.

    \b
    Examples:
      stratus user list
      stratus user list --filter enabled=false -o name
    """
    rows = session.perform(ListUsersRequest())
    output.listing(USERS, rows, look)
