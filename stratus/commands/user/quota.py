"""stratus user quota: how much a user may hold."""

from stratus.commands.limits import quota_of, quota_options
from stratus.commands.user.changing import change
from stratus.errors import UsageError
from stratus.model.requests import ChangeUserRequest


@change("quota")
@quota_options
def command(user: str, plan: bool, **limits: int | str | None) -> ChangeUserRequest:
    """Say how much a user may hold at once. What they hold beyond that stays; they get no more of it. CPU and RAM count
    while an instance is not off, instances, disk and addresses until it is ended.

    \b
    Examples:
      stratus user quota alice --instances 10 --cpu 20 --ram 32768
      stratus user quota alice --disk none --cpu default
    """
    quota, unsaid = quota_of(limits)
    if all(limit is None for limit in limits.values()):
        raise UsageError("say which limit", hint=f"stratus usage --user {user} shows them; --instances 10 sets one")
    return ChangeUserRequest(user, quota=quota, unsaid=unsaid, plan=plan)
