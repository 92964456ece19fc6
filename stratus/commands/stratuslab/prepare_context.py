"""stratus-prepare-context: cloud-init data as a context file, for later."""

from pathlib import Path

import click

from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import BARE, SETTINGS, StratusLabCommand
from stratus.commands.stratuslab.files import complete
from stratus.commands.told import public_keys, read_file
from stratus.model.cloudinit import parse_cloud_init, prepare_context_lines

_FILE = "cloud-init.txt"
_NEVER = "\0"  # one argument is one pair, whatever is in it
_PRIVATE = 0o600  # user data may hold secrets


@click.command("stratus-prepare-context", cls=StratusLabCommand, context_settings=SETTINGS, params=[*BARE])
@click.argument("pairs", metavar="[MIME,FILE]...", nargs=-1)
@pass_session
def command(session: Session, pairs: tuple[str, ...]) -> None:
    """Write the files as user data to cloud-init.txt in this folder, for a later `--context-file cloud-init.txt`.

    Each MIME,FILE is a part: `ssh` brings public keys (the user's own unless told), `none` is the whole user data, any
    other kind is a text part.

    \b
    Examples:
      stratus-prepare-context ssh,id_rsa.pub x-shellscript,setup.sh
      stratus-run-instance --context-file cloud-init.txt tiny
    """
    told = [parse_cloud_init(pair, read_file, separator=_NEVER) for pair in pairs]
    keys = tuple(dict.fromkeys(key for each in told for key in each.public_keys)) or public_keys(session, ())
    lines = prepare_context_lines(keys, [part for each in told for part in each.parts])
    with complete(Path(_FILE), mode=_PRIVATE) as file:
        file.write("".join(f"{line}\n" for line in lines))
