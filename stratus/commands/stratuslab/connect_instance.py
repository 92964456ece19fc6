"""stratus-connect-instance: SSH into machines by their ids, with patience for one that still boots."""

import random
from pathlib import Path

import click

from stratus import output
from stratus.commands.connect import ssh_argv
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.command import SETTINGS, USER, StratusLabCommand, pass_outside
from stratus.commands.stratuslab.options import CREDENTIALS, PAT
from stratus.commands.stratuslab.outside import Outside
from stratus.errors import UsageError

_NO_CONNECTION = 255  # ssh's own errors; also what a connection ends with that broke later
_SOON_S = 30.0
_RETRIES = 2
_LONGEST_PAUSE_S = 10.0


@click.command(
    "stratus-connect-instance",
    cls=StratusLabCommand,
    context_settings=SETTINGS,
    params=[*PAT, *CREDENTIALS, *USER],
)
@click.argument("vm_ids", metavar="VM-ID...", nargs=-1)
@click.option(
    "-k", "--key", metavar="FILE", help="The private key; that of the key with which you run machines unless told."
)
@pass_outside
@pass_session
def command(session: Session, outside: Outside, vm_ids: tuple[str, ...], key: str | None) -> int:
    """Log in to a machine over SSH, as `stratus connect` does; to several, one after the other.

    A connection that fails at once is tried again, twice, after a few seconds. The exit status is ssh's.

    \b
    Examples:
      stratus-connect-instance 165
      stratus-connect-instance --key ~/.ssh/id_rsa 165
    """
    if not vm_ids:
        raise UsageError("Missing vm-id", hint="stratus-describe-instance")
    private = _private_key(session, key)
    command_lines = [ssh_argv(session, vm_id, key=private) for vm_id in vm_ids]
    session.close()
    statuses = [_log_in(outside, argv) for argv in command_lines]
    return next(filter(None, statuses), 0)


def _private_key(session: Session, named: str | None) -> str | None:
    """The key that was named, or that goes with the public one in STRATUSLAB_KEY; None leaves the choice to ssh."""
    public = session.environ.get("STRATUSLAB_KEY", "")
    key = named if named is not None else public.removesuffix(".pub")
    if named == "":
        raise UsageError("Unspecified user private key. See --key option.", hint="--key ~/.ssh/id_ed25519")
    try:
        there = not key or Path(key).expanduser().is_file()
    except OSError:
        there = False
    if not there:
        raise UsageError(f"Private key `{key}` does not exist", hint="--key FILE")
    return key or None


def _log_in(outside: Outside, argv: list[str]) -> int:
    for _ in range(_RETRIES):
        began_s = outside.clock()
        status = outside.call(argv)
        if status != _NO_CONNECTION or outside.clock() - began_s > _SOON_S:
            return status
        pause_s = random.uniform(1.0, _LONGEST_PAUSE_S)
        output.note(f"no connection; trying again in {pause_s:.0f} s ...")
        outside.pause(pause_s)
    return outside.call(argv)
