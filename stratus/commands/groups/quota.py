"""stratus group quota: how much the members of a group may hold together."""

from stratus.commands.groups.changing import change
from stratus.commands.limits import quota_of, quota_options
from stratus.errors import UsageError
from stratus.model.requests import ChangeGroupRequest


@change("quota")
@quota_options
def command(group: str, plan: bool, **limits: int | str | None) -> ChangeGroupRequest:
    """Say how much the members of a group may hold together; none and default take a limit away.

    \b
    Example:
      stratus group quota lab --instances 50 --disk none
    """
    quota, unsaid = quota_of(limits)
    if all(limit is None for limit in limits.values()):
        raise UsageError("say which limit", hint=f"stratus group quota {group} --instances 50")
    return ChangeGroupRequest(group, quota=quota, unsaid=unsaid, plan=plan)
