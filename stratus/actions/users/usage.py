"""usage: what owners and groups hold, of what they may."""

from collections.abc import Iterable, Iterator

from stratus.actions import records
from stratus.actions.users import lookup
from stratus.actions.users.accounts import held_by_owner
from stratus.cloud import Cloud
from stratus.model.quota import Quota
from stratus.model.requests import Actor, UsageRequest
from stratus.model.user_views import UsageView


def usage(cloud: Cloud, request: UsageRequest, actor: Actor) -> tuple[UsageView, ...]:
    """A row for each owner, then one for each group that they are in. Raises NotFound, also for who is hidden."""
    names = _named(cloud, request, actor)
    owners = [_owner(cloud, name) for name in names]
    groups = dict.fromkeys(name for _, own in owners for name in own)
    if request.everybody and actor.sees_all:
        groups |= dict.fromkeys(group.name for group in lookup.groups(cloud.ledger))
    return (*(view for view, _ in owners), *_groups(cloud, sorted(groups)))


def _named(cloud: Cloud, request: UsageRequest, actor: Actor) -> Iterable[str]:
    """Whose. Whoever is not in the ledger and has something is an owner too."""
    if request.everybody and actor.sees_all:
        counted = (document.key.partition("/") for document in cloud.ledger.find(records.USAGE))
        return sorted(
            {name for kind, _, name in counted if kind == "user"} | {u.name for u in lookup.users(cloud.ledger)}
        )
    for name in request.users:
        if name != actor.name and (not actor.sees_all or not _is_known(cloud, name)):
            raise lookup.no_user(name)
    return request.users or (actor.name,)


def _is_known(cloud: Cloud, name: str) -> bool:
    counted = name.isprintable() and cloud.ledger.get(records.USAGE, records.usage_key(name)) is not None
    return counted or lookup.find(cloud.ledger, name) is not None


def _owner(cloud: Cloud, name: str) -> tuple[UsageView, tuple[str, ...]]:
    held, _ = held_by_owner(cloud.ledger, name)
    user = lookup.find(cloud.ledger, name)
    quota = user.quota.over(cloud.settings.default_quota) if user else Quota()
    return UsageView(name, "user", held, quota), user.groups if user else ()


def _groups(cloud: Cloud, names: Iterable[str]) -> Iterator[UsageView]:
    for name in names:
        group, _ = lookup.group(cloud.ledger, name)
        held, _ = records.usage(cloud.ledger, records.usage_key(name, of_group=True))
        yield UsageView(name, "group", held, group.quota)
