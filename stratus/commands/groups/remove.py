"""stratus group remove: forget a group."""

from stratus.commands.groups.changing import change
from stratus.model.requests import RemoveGroupRequest


@change("remove")
def command(group: str, plan: bool) -> RemoveGroupRequest:
    """Forget a group of users. Its members stay, with what they hold and their own quotas.

    \b
    Example:
      stratus group remove lab
    """
    return RemoveGroupRequest(group, plan)
