"""stratus-copy-config: a user configuration file to begin with."""

from pathlib import Path

import click

from stratus import output
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import BARE, SECTION, SETTINGS, StratusLabCommand
from stratus.commands.stratuslab.files import complete, refusing
from stratus.config.load import USER_FILE
from stratus.config.reference_file import user_reference
from stratus.errors import Conflict

_PRIVATE = 0o600  # passwords will be written into it


@click.command("stratus-copy-config", cls=StratusLabCommand, context_settings=SETTINGS, params=[*BARE, SECTION])
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("-c", "--config", "target", metavar="FILE", help=f"Where to write it; ~/{USER_FILE} unless told.")
@pass_session
def command(session: Session, force: bool, target: str | None) -> None:
    """Write the reference of the user configuration to ~/.stratuslab/stratuslab-user.cfg, for the user to fill in.

    \b
    Examples:
      stratus-copy-config
      stratus-copy-config --force
    """
    path = Path(target) if target else Path(session.environ.get("HOME", "~")).expanduser() / USER_FILE
    with refusing(path):
        there = path.exists()
    if there and not force:
        raise Conflict(f"won't overwrite file ({path}); use --force to overwrite", hint="stratus-copy-config --force")
    with refusing(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with complete(path, mode=_PRIVATE) as file:
        file.write(user_reference())
    if not session.quiet:
        output.show(f"wrote configuration file: {output.clean(str(path))}")
