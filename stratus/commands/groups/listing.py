"""stratus group list: the groups of users."""

import click

from stratus import output
from stratus.commands.groups.changing import GROUPS
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ListGroupsRequest


@click.command("list")
@listing_options(GROUPS)
@pass_session
def command(session: Session, look: Look) -> None:
    """Show the groups of users, with what their members hold together (held/limit). A user sees their own groups, and
    of the members only themself.

    \b
    Example:
      stratus group list
    """
    rows = session.perform(ListGroupsRequest())
    output.listing(GROUPS, rows, look)
