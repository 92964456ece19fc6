"""stratus user key list: a user's keys."""

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.commands.user.shown import KEYS
from stratus.model.listing import Look
from stratus.model.requests import ListUsersRequest


@click.command("list")
@click.argument("user", metavar="USER")
@listing_options(KEYS)
@pass_session
def command(session: Session, user: str, look: Look) -> None:
    """Show the keys with which a user comes in.

    \b
    Examples:
      stratus user key list alice
      stratus user key list alice -o name
    """
    (view,) = session.perform(ListUsersRequest((user,)))
    output.listing(KEYS, view.user.keys, look)
