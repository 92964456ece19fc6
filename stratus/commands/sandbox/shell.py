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
from stratus.sandbox.place import Place, place_of


@click.command("shell")
@dir_option
@pass_session
def command(session: Session, folder: str) -> None:
    """Your shell, in which every command of stratus is about the sandbox. `exit` leaves; the sandbox goes on.

    \b
    Example:
      stratus sandbox shell
    """
    place = place_of(folder, session.environ)
    place.check()
    if place.pid() is None:
        raise Conflict(f"the sandbox in {place.folder} does not run", hint=line_of("start", folder))
    shell = session.environ.get("SHELL") or "/bin/sh"
    session.note("in the sandbox: try `stratus run tiny -n 3 --wait`; `exit` leaves")
    try:
        os.execve(shell, [shell], environ_inside(place, session.environ))
    except (OSError, ValueError) as error:
        raise NotFound(
            f"your SHELL {shell} cannot be run: {error}", hint="SHELL=/bin/sh stratus sandbox shell"
        ) from error


def environ_inside(place: Place, environ: Mapping[str, str]) -> dict[str, str]:
    """What a command inside is given: the sandbox's cloud, and this very `stratus` before any other."""
    ours = str(Path(program("stratus")).parent)
    return {**place.environ(environ), "PATH": f"{ours}:{environ.get('PATH', os.defpath)}"}
