"""stratus group add: a group of users."""

from stratus.commands.groups.changing import change
from stratus.commands.limits import DEFAULT, quota_of, quota_options
from stratus.errors import UsageError
from stratus.model.requests import ChangeGroupRequest


@change("add")
@quota_options
def command(group: str, plan: bool, **limits: int | str | None) -> ChangeGroupRequest:
    """Make a group of users, and say how much its members may hold together. Of what nothing is said, there is no
    limit but each member's own.

    \b
    Examples:
      stratus group add lab --cpu 64 --ram 131072
      stratus user group alice --join lab
    """
    quota, unsaid = quota_of(limits)
    if unsaid:
        raise UsageError(f"a group has no {DEFAULT}", hint="leave the option out")
    return ChangeGroupRequest(group, new=True, quota=quota, plan=plan)
