"""stratus user key add: another key of a user."""

from pathlib import Path

import click

from stratus.commands.told import read_key_files
from stratus.commands.user.changing import change
from stratus.model.requests import ChangeUserRequest


@change("add")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def command(user: str, files: tuple[str, ...], plan: bool) -> ChangeUserRequest:
    """Let another public key open the way for a user, from the next connection on. A key is one user's only.

    \b
    Example:
      stratus user key add alice laptop.pub
    """
    return ChangeUserRequest(user, keys=read_key_files([Path(file) for file in files]), plan=plan)
