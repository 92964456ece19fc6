"""user list and show, group list: an operator sees all, a user themself and the groups that they are in."""

from stratus.actions import records
from stratus.actions.users import lookup
from stratus.actions.users.accounts import held_by_owner
from stratus.cloud import Cloud
from stratus.model.requests import Actor, ListGroupsRequest, ListUsersRequest
from stratus.model.user import Group, User
from stratus.model.user_views import GroupView, UserView


def users(cloud: Cloud, request: ListUsersRequest, actor: Actor) -> tuple[UserView, ...]:
    """The users that were named, or all that the actor may see, by name. Raises NotFound, also for who is hidden."""
    if request.names:
        return tuple(_user(cloud, visible_user(cloud, actor, name)) for name in request.names)
    return tuple(_user(cloud, user) for user in lookup.users(cloud.ledger) if _sees(actor, user.name))


def groups(cloud: Cloud, request: ListGroupsRequest, actor: Actor) -> tuple[GroupView, ...]:
    """The groups that were named, or all that the actor may see, by name. Raises NotFound, also for what is hidden."""
    seen = [group for group in lookup.groups(cloud.ledger) if actor.sees_all or group.name in _own(cloud, actor)]
    names = {group.name for group in seen}
    for name in request.names:
        if name not in names:
            raise lookup.no_group(name)
    return tuple(_group(cloud, actor, group) for group in seen if group.name in (request.names or names))


def visible_user(cloud: Cloud, actor: Actor, name: str) -> User:
    """The user of that name, if the actor may see them. Raises NotFound."""
    if not _sees(actor, name):
        raise lookup.no_user(name)
    return lookup.user(cloud.ledger, name)[0]


def _sees(actor: Actor, name: str) -> bool:
    return actor.sees_all or actor.name == name


def _own(cloud: Cloud, actor: Actor) -> tuple[str, ...]:
    user = lookup.find(cloud.ledger, actor.name)
    return user.groups if user else ()


def _user(cloud: Cloud, user: User) -> UserView:
    held, _ = held_by_owner(cloud.ledger, user.name)
    return UserView(user, held, user.quota.over(cloud.settings.default_quota))


def _group(cloud: Cloud, actor: Actor, group: Group) -> GroupView:
    held, _ = records.usage(cloud.ledger, records.usage_key(group.name, of_group=True))
    members = (user.name for user in lookup.members(cloud.ledger, group.name) if _sees(actor, user.name))
    return GroupView(group, tuple(members), held)
