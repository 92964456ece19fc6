"""stratus image list: show the images."""

import click

from stratus import output
from stratus.commands.image.shown import IMAGES
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ListImagesRequest


@click.command("list")
@listing_options(IMAGES)
@pass_session
def command(session: Session, look: Look) -> None:
    """Show the images of this cloud.

    \b
    Examples:
      stratus image list -o json
      stratus image list --sort -size --columns name,size,"in use"
    """
    images = session.perform(ListImagesRequest())
    output.listing(IMAGES, images, look)
