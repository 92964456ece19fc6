"""stratus sandbox start: make a sandbox, or let one go on."""

import click

from stratus.commands.sandbox.options import dir_option, nodes_option, users_option
from stratus.commands.sandbox.words import line_of
from stratus.commands.session import Session, pass_session
from stratus.sandbox import process
from stratus.sandbox.place import place_of


@click.command("start")
@nodes_option("50 in a new one")
@users_option
@dir_option
@pass_session
def command(session: Session, nodes: int | None, users: int, folder: str) -> None:
    """Make a sandbox: a cloud with nodes that are played by one process, and an image called tiny. It needs no root and
    no hypervisor. One that ended goes on where it was, a killed one too; one that runs is given the nodes it lacks.

    \b
    Examples:
      stratus sandbox start
      stratus sandbox start --nodes 1000 --dir /dev/shm/big
      stratus sandbox start --users 3
    """
    place = place_of(folder, session.environ)
    began = process.start(place, nodes or 0, users)
    session.note(f"the sandbox in {place.folder} {'is ready' if began else 'runs already'}; go in with:")
    session.note(f"  {line_of('shell', folder)}")
