"""stratus sandbox stop: end a sandbox and take its folder away."""

import click

from stratus.commands.sandbox.options import dir_option
from stratus.commands.sandbox.words import line_of
from stratus.commands.session import Session, pass_session
from stratus.sandbox import process
from stratus.sandbox.place import place_of


@click.command("stop")
@click.option("--keep", is_flag=True, help="Leave the folder; `start` lets the sandbox go on.")
@dir_option
@pass_session
def command(session: Session, keep: bool, folder: str) -> None:
    """End a sandbox and remove all that it made. What else lies in its folder stays there.

    \b
    Examples:
      stratus sandbox stop
      stratus sandbox stop --keep
    """
    place = place_of(folder, session.environ)
    place.check()
    if keep:
        process.end(place)
        session.note(f"the sandbox in {place.folder} has ended; let it go on with: {line_of('start', folder)}")
        return
    process.remove(place)
    session.note(f"the sandbox in {place.folder} is gone")
