"""stratus sandbox list: the sandboxes that run."""

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Listing, Look
from stratus.model.values import dataclass
from stratus.sandbox import process


@dataclass(frozen=True)
class _Row:
    folder: str
    pid: int
    nodes: int


SANDBOXES: "Listing[_Row]" = Listing(
    {
        "folder": lambda row: row.folder,
        "nodes": lambda row: row.nodes,
        "pid": lambda row: row.pid,
    },
    usual=("folder", "nodes", "pid"),
    name=lambda row: row.folder,
)


@click.command("list")
@listing_options(SANDBOXES)
@pass_session
def command(session: Session, look: Look) -> None:
    """Show your sandboxes that run.

    \b
    Example:
      stratus sandbox list
    """
    found = sorted((str(place.folder), pid, place.nodes()) for place, pid in process.running())
    output.listing(SANDBOXES, [_Row(*row) for row in found], look)
