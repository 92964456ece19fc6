"""stratus image show: everything about images."""

import click

from stratus import output
from stratus.commands.image.shown import IMAGES
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ListImagesRequest


@click.command("show")
@click.argument("targets", metavar="IMAGE...", nargs=-1, required=True)
@listing_options(IMAGES)
@pass_session
def command(session: Session, targets: tuple[str, ...], look: Look) -> None:
    """Show everything that is known of images, by name or identifier.

    \b
    Example:
      stratus image show tiny
    """
    entries = session.perform(ListImagesRequest(targets))
    output.details(IMAGES, entries, look)
