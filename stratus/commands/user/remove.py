"""stratus user remove: forget a user."""

from stratus.commands.user.changing import change
from stratus.model.requests import RemoveUserRequest


@change("remove")
def command(user: str, plan: bool) -> RemoveUserRequest:
    """Forget a user who has nothing left, with their keys. One who has instances or images is refused: whoever got the
    name next would have them.

    \b
    Example:
      stratus user remove alice
    """
    return RemoveUserRequest(user, plan)
