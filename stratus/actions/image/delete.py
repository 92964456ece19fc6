"""image delete: refused while an instance is cloned from it."""

from functools import partial

from stratus.actions import records, retry
from stratus.actions.image.alone import alone
from stratus.actions.image.listing import named, names_of, users_of
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete
from stratus.errors import Conflict, Denied
from stratus.model.requests import Actor, DeleteImageRequest
from stratus.model.views import ImageEntry


def delete(cloud: Cloud, request: DeleteImageRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that are gone; with `plan`, those that would be. All are checked before the first goes.

    Raises NotFound, Conflict (in use), Denied."""
    entries = [named(cloud, target) for target in request.targets]
    for entry in entries:
        _check(cloud, entry, actor)
    for entry in () if request.plan else entries:
        with alone(cloud, entry.facts.identifier):
            retry.on_conflict(cloud, partial(_forget, cloud, entry, actor))
            cloud.images.delete(entry.facts.identifier)
    return tuple(entries)


def _check(cloud: Cloud, entry: ImageEntry, actor: Actor) -> None:
    if not actor.admin and entry.owner != actor.name:
        raise Denied(f"image {entry.name} belongs to {entry.owner}")
    users = users_of(cloud, entry.facts.identifier)
    if users:
        shown = ", ".join(map(str, users[:5])) + (" ..." if len(users) > 5 else "")
        raise Conflict(f"image {entry.name} is in use by {shown}", hint=f"stratus kill {users[0]}, then try again")


def _forget(cloud: Cloud, entry: ImageEntry, actor: Actor) -> None:
    """Remove it from the ledger first: a run that read it before conflicts, one that comes later does not find it."""
    found = records.read(cloud.ledger, records.IMAGE, entry.facts.identifier, ImageEntry)
    if found is None:
        return
    _check(cloud, found[0], actor)
    names = [Delete(records.IMAGE_NAME, name) for name in names_of(cloud, entry.facts.identifier)]
    cloud.ledger.commit([Delete(records.IMAGE, entry.facts.identifier, found[1]), *names])
