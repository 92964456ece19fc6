"""stratus image log: what was done about an image."""

from collections.abc import Sequence

import click

from stratus import output
from stratus.commands.history import moment, show_steps
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.image import ImageEvent
from stratus.model.requests import LogImageRequest


@click.command("log")
@click.argument("target", metavar="IMAGE")
@output_option
@pass_session
def command(session: Session, target: str, format: str) -> None:
    """Show what was done about an image, with the steps and what each took. It is kept when the image is deleted.
    With -v also the command lines behind each step.

    \b
    Examples:
      stratus image log tiny
      stratus image log -v MRH-U8DgWFIYUg4diIUS3R_dUFM
    """
    events = session.perform(LogImageRequest(target))
    output.value(events, format, lambda: _show_all(events, session.verbose))


def _show_all(events: Sequence[ImageEvent], verbose: int) -> None:
    for event in events:
        output.show(f"{moment(event.at_s)}  {output.clean(event.cause)}")
        show_steps(event.steps, verbose)
