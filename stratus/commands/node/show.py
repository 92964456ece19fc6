"""stratus node show: everything about nodes."""

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.node.listing import NODES
from stratus.commands.node.meeting import named
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look


@click.command("show")
@click.argument("names", metavar="NODE...", nargs=-1, required=True)
@listing_options(NODES)
@pass_session
def command(session: Session, names: tuple[str, ...], look: Look) -> None:
    """Show everything that is known of nodes. None of them is asked.

    \b
    Example:
      stratus node show n2
    """
    output.details(NODES, named(session, names), look)
