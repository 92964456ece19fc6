"""stratus user group: the groups that a user is in."""

import click

from stratus.commands.user.changing import change
from stratus.errors import UsageError
from stratus.model.requests import ChangeUserRequest


@change("group")
@click.option("--join", multiple=True, metavar="GROUP", help="Be in this group; may be given more than once.")
@click.option("--leave", multiple=True, metavar="GROUP", help="Be in it no more; may be given more than once.")
def command(user: str, join: tuple[str, ...], leave: tuple[str, ...], plan: bool) -> ChangeUserRequest:
    """Put a user into groups, and take them out. What the user holds counts for the group from then on, or no more.

    \b
    Example:
      stratus user group alice --join lab --leave guests
    """
    if not join and not leave:
        raise UsageError("say which group", hint=f"stratus user group {user} --join GROUP")
    return ChangeUserRequest(user, join=join, leave=leave, plan=plan)
