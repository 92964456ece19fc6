"""stratus user enable: let a user in again."""

from stratus.commands.user.changing import change
from stratus.model.requests import ChangeUserRequest


@change("enable")
def command(user: str, plan: bool) -> ChangeUserRequest:
    """Let a user in again who was disabled.

    \b
    Example:
      stratus user enable alice
    """
    return ChangeUserRequest(user, enabled=True, plan=plan)
