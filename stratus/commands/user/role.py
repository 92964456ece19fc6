"""stratus user role: what a user may do to what is not theirs."""

import click

from stratus.commands.user.changing import change
from stratus.model.requests import ChangeUserRequest
from stratus.model.role import Role

ROLES = tuple(role.value for role in Role)


@change("role")
@click.argument("role", type=click.Choice(ROLES))
def command(user: str, role: str, plan: bool) -> ChangeUserRequest:
    """Say what a user may do to what is not theirs: nothing (user), see it (operator), or control it (admin).

    \b
    Example:
      stratus user role alice operator
    """
    return ChangeUserRequest(user, Role(role), plan=plan)
