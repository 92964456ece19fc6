"""stratus user disable: let a user in no more."""

import click

from stratus.commands.user.changing import change
from stratus.model.requests import ChangeUserRequest


@change("disable")
@click.option("--why", default="", metavar="TEXT", help="The reason, which whoever asks is told.")
def command(user: str, why: str, plan: bool) -> ChangeUserRequest:
    """Let a user in no more, at once. Their instances run on, and nothing that is theirs goes.

    \b
    Example:
      stratus user disable alice --why 'left the institute'
    """
    return ChangeUserRequest(user, enabled=False, why=why, plan=plan)
