"""user remove: a user who has nothing left is forgotten, with their keys."""

from functools import partial

from stratus.actions import records, retry
from stratus.actions.users import lookup
from stratus.actions.users.accounts import held_by_owner
from stratus.actions.users.change import planned
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict
from stratus.model.requests import Actor, RemoveUserRequest
from stratus.model.user import User
from stratus.model.user_views import ChangedUser


def remove(cloud: Cloud, request: RemoveUserRequest, actor: Actor) -> ChangedUser:
    """The user, as they were; with `plan`, nothing is changed. Raises NotFound, Conflict (something is theirs)."""
    return retry.on_conflict(cloud, partial(_remove, cloud, request))


def _remove(cloud: Cloud, request: RemoveUserRequest) -> ChangedUser:
    user, revision = lookup.user(cloud.ledger, request.name)
    _check(cloud, user)
    if request.plan:
        keys = "a key" if len(user.keys) == 1 else f"{len(user.keys)} keys"
        return ChangedUser(user, planned("remove", user.name, (f"forget {user.name}, and {keys} of theirs",)))
    # Whoever takes something in their name meanwhile writes what they hold, and one of the two conflicts.
    _, counted = held_by_owner(cloud.ledger, user.name)
    own = Delete(records.USAGE, records.usage_key(user.name), counted) if counted else None
    changes: list[Put | Delete] = [Delete(records.USER, user.name, revision), *([own] if own else ())]
    changes += [Delete(records.USER_KEY, key.fingerprint) for key in user.keys]
    cloud.ledger.commit(changes)
    return ChangedUser(user)


def _check(cloud: Cloud, user: User) -> None:
    """Raise Conflict while something is theirs: whoever gets the name next would have it."""
    theirs = cloud.ledger.find(records.INSTANCE, where={"owner": user.name})
    if theirs:
        raise Conflict(
            f"{user.name} has {len(theirs)} {'instance' if len(theirs) == 1 else 'instances'}",
            hint=f"stratus user disable {user.name}; or end them: stratus describe --filter owner={user.name}",
        )
    images = cloud.ledger.find(records.IMAGE_NAME, where={"owner": user.name})
    if images:
        raise Conflict(
            f"{user.name} has {len(images)} {'image' if len(images) == 1 else 'images'}",
            hint=f"stratus image delete {images[0].key}",
        )
