"""stratus sandbox shell: the user's own shell, in which `stratus` is that of the sandbox."""

import os
from collections.abc import Mapping
from pathlib import Path

import click

from stratus.commands.as_root import program
from stratus.commands.sandbox.options import dir_option
from stratus.commands.sandbox.words import line_of
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, NotFound
from stratus.model import sandbox
from stratus.sandbox.place import Place, place_of


@click.command("shell")
@click.option("--user", default="", metavar="USER", help="Act as this user there, and see what they see.")
@dir_option
@pass_session
def command(session: Session, user: str, folder: str) -> None:
    """Your shell, in which every command of stratus is about the sandbox. `exit` leaves; the sandbox goes on.

    \b
    Examples:
      stratus sandbox shell
      stratus sandbox shell --user user1
    """
    place = place_of(folder, session.environ)
    place.check()
    if place.pid() is None:
        raise Conflict(f"the sandbox in {place.folder} does not run", hint=line_of("start", folder))
    shell = session.environ.get("SHELL") or "/bin/sh"
    whose = f" as {user}" if user else ""
    session.note(f"in the sandbox{whose}: try `stratus run tiny -n 3 --wait`; `exit` leaves")
    try:
        os.execve(shell, [shell], environ_inside(place, session.environ, user))
    except (OSError, ValueError) as error:
        raise NotFound(
            f"your SHELL {shell} cannot be run: {error}", hint="SHELL=/bin/sh stratus sandbox shell"
        ) from error


def environ_inside(place: Place, environ: Mapping[str, str], user: str = "") -> dict[str, str]:
    """What a command inside is given: the sandbox's cloud, this very `stratus` before any other, and as whom to act."""
    ours = str(Path(program("stratus")).parent)
    return {**place.environ(environ), "PATH": f"{ours}:{environ.get('PATH', os.defpath)}", sandbox.USER: user}
