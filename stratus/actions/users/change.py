"""user add, disable, enable, role, quota, group, key: what an administrator says of a user, saved with what follows."""

from collections.abc import Iterator
from functools import partial

from stratus.actions import records, retry
from stratus.actions.users import lookup
from stratus.actions.users.accounts import held_by_owner
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Ledger, Put
from stratus.errors import Conflict
from stratus.model.people import changed, differences, new_user
from stratus.model.plan import Plan, PlannedStep
from stratus.model.quota import Usage
from stratus.model.requests import Actor, AddUserRequest, ChangeUserRequest
from stratus.model.takes import Takes
from stratus.model.user import User
from stratus.model.user_views import ChangedUser

FRONT_END = "front end"


def add(cloud: Cloud, request: AddUserRequest, actor: Actor) -> ChangedUser:
    """The user, who may come in from now on; with `plan`, what would change.

    Raises BadInput, NotFound (no such group), Conflict (the name or a key is taken)."""
    user = new_user(request, cloud.clock())
    return retry.on_conflict(cloud, partial(_add, cloud, user, request.plan))


def change(cloud: Cloud, request: ChangeUserRequest, actor: Actor) -> ChangedUser:
    """The user after the change, which has effect at once; with `plan`, what would change.

    Raises NotFound, BadInput, Conflict (a key is somebody else's)."""
    return retry.on_conflict(cloud, partial(_change, cloud, request))


def planned(verb: str, name: str, titles: tuple[str, ...]) -> tuple[Plan, ...]:
    """The plan of a change that is made in the ledger alone."""
    return (Plan(verb, name, FRONT_END, Takes(), tuple(PlannedStep(title, ()) for title in titles)),)


def _add(cloud: Cloud, user: User, plan: bool) -> ChangedUser:
    if lookup.find(cloud.ledger, user.name) is not None:
        raise Conflict(f"there is a user {user.name} already", hint=f"stratus user show {user.name}")
    blank = User(user.name)
    changes = [records.put_user(user, 0), *_keys(cloud.ledger, blank, user), *_shares(cloud.ledger, blank, user)]
    if plan:
        return ChangedUser(user, planned("add", user.name, differences(blank, user)))
    cloud.ledger.commit(changes)
    return ChangedUser(user)


def _change(cloud: Cloud, request: ChangeUserRequest) -> ChangedUser:
    user, revision = lookup.user(cloud.ledger, request.name)
    after = changed(user, request, cloud.clock())
    changes = [*_keys(cloud.ledger, user, after), *_shares(cloud.ledger, user, after)]
    if request.plan:
        return ChangedUser(user, planned("change", user.name, differences(user, after)))
    if after != user:
        cloud.ledger.commit([records.put_user(after, revision), *changes])
    return ChangedUser(after)


def _keys(ledger: Ledger, before: User, after: User) -> Iterator[Put | Delete]:
    """Which keys lead to the user. Raises Conflict when one leads to somebody else."""
    had, has = ({key.fingerprint for key in user.keys} for user in (before, after))
    for fingerprint in sorted(has - had):
        taken = ledger.get(records.USER_KEY, fingerprint)
        if taken is not None:
            raise Conflict(
                f"the key {fingerprint} is {taken.body['user']}'s",
                hint=f"stratus user key remove {taken.body['user']} {fingerprint}",
            )
        yield records.put_key(fingerprint, after.name)
    yield from (Delete(records.USER_KEY, fingerprint) for fingerprint in sorted(had - has))


def _shares(ledger: Ledger, before: User, after: User) -> Iterator[Put]:
    """What the user holds counts for the groups that they join, and no more for those that they leave. What they hold
    is written as well, so that whoever took something as a member of other groups conflicts. Raises NotFound."""
    joined, left = set(after.groups) - set(before.groups), set(before.groups) - set(after.groups)
    if not joined | left:
        return
    held, revision = held_by_owner(ledger, after.name)
    yield records.put_usage(records.usage_key(after.name), held, revision)
    for name in sorted(joined | left):
        if name in joined:
            lookup.group(ledger, name)
        key = records.usage_key(name, of_group=True)
        together, revision = records.usage(ledger, key)
        change = held if name in joined else Usage().minus(held)
        yield records.put_usage(key, together.plus(change).not_below_nothing(), revision)
