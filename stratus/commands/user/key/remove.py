"""stratus user key remove: a key that opens nothing any more."""

import click

from stratus.commands.user.changing import change
from stratus.model.requests import ChangeUserRequest


@change("remove")
@click.argument("keys", metavar="FINGERPRINT...", nargs=-1, required=True)
def command(user: str, keys: tuple[str, ...], plan: bool) -> ChangeUserRequest:
    """Let a key of a user open nothing any more, at once. It is named by its fingerprint, a beginning of that, or its
    comment.

    \b
    Examples:
      stratus user key remove alice SHA256:Zp7F0NzX
      stratus user key remove alice alice@laptop
    """
    return ChangeUserRequest(user, without=keys, plan=plan)
