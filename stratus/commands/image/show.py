"""stratus image show: everything about images."""

import click

from stratus import output
from stratus.commands.image.shown import row
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.requests import ListImagesRequest


@click.command("show")
@click.argument("targets", metavar="IMAGE...", nargs=-1, required=True)
@output_option
@pass_session
def command(session: Session, targets: tuple[str, ...], format: str) -> None:
    """Show everything that is known of images, by name or identifier.

    \b
    Example:
      stratus image show tiny
    """
    data = [row(entry) for entry in session.perform(ListImagesRequest(targets))]
    if format != "table":
        output.rows(data, tuple(data[0]), format)
        return
    for number, one in enumerate(data):
        if number:
            output.show()
        output.fields([(name, ", ".join(text) if isinstance(text, list) else str(text)) for name, text in one.items()])
