"""stratus sandbox run: one command in a sandbox of its own."""

import signal
import subprocess
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from stratus.commands.sandbox.options import nodes_option, users_option
from stratus.commands.sandbox.shell import environ_inside
from stratus.commands.session import Session, pass_session
from stratus.errors import NotFound
from stratus.sandbox import process
from stratus.sandbox.place import Place

NODES = 5


@click.command("run", context_settings={"ignore_unknown_options": True})
@nodes_option("5")
@users_option
@click.argument("words", metavar="-- COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_session
def command(session: Session, nodes: int | None, users: int, words: tuple[str, ...]) -> int:
    """Make a sandbox, run one command in it, and take the sandbox away. The exit status is the command's.

    \b
    Examples:
      stratus sandbox run -- stratus run tiny --wait
      stratus sandbox run --nodes 20 -- ./try-it.sh
    """
    if words[0].startswith("-"):  # what is unknown is left to COMMAND, where it is no mistake
        raise click.NoSuchOption(words[0])
    for number in (signal.SIGTERM, signal.SIGHUP):  # a job that is given up leaves nothing behind either
        signal.signal(number, _leave)
    with tempfile.TemporaryDirectory(prefix="stratus-sandbox-") as folder:
        place = Place(Path(folder, "sandbox"))
        process.start(place, nodes or NODES, users)
        try:
            return subprocess.run(words, env=environ_inside(place, session.environ), check=False).returncode
        except OSError as error:
            raise NotFound(f"{words[0]} cannot be run: {error.strerror}") from error
        finally:
            process.end(place)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)  # as a shell says it
