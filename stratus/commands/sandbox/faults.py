"""stratus sandbox faults: what is wrong with which nodes, because it was asked for."""

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.sandbox.options import dir_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Listing, Look
from stratus.sandbox.place import place_of
from stratus.sandbox.talk import Told, told

FAULTS: "Listing[Told]" = Listing(
    {
        "node": lambda row: row.node,
        "fault": lambda row: row.fault,
        "seconds left": lambda row: round(row.left_s) if row.left_s < 1e8 else None,
    },
    usual=("node", "fault", "seconds left"),
    name=lambda row: row.node,
)


@click.command("faults")
@dir_option
@listing_options(FAULTS)
@pass_session
def command(session: Session, folder: str, look: Look) -> None:
    """Show the faults that `stratus sandbox fault` gave to nodes.

    \b
    Example:
      stratus sandbox faults
    """
    output.listing(FAULTS, told(place_of(folder, session.environ)), look)
