"""stratus image list: show the images."""

import click

from stratus import output
from stratus.commands.image.shown import COLUMNS, row
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.requests import ListImagesRequest


@click.command("list")
@output_option
@pass_session
def command(session: Session, format: str) -> None:
    """Show the images of this cloud.

    \b
    Example:
      stratus image list -o json
    """
    output.rows([row(entry) for entry in session.perform(ListImagesRequest())], COLUMNS, format)
