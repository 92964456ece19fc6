"""image delete: refused while an instance is cloned from it."""

import posixpath
from functools import partial

from stratus.actions import records, retry
from stratus.actions.image.alone import alone
from stratus.actions.image.bring_in import remember
from stratus.actions.image.listing import named, names_of, users_of
from stratus.actions.image.work import Work
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete
from stratus.errors import Conflict, Denied
from stratus.model.image import ImageEntry
from stratus.model.requests import Actor, DeleteImageRequest
from stratus.model.steps.images import DiscardImage, ForgetImage


def delete(cloud: Cloud, request: DeleteImageRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that are gone. All are checked before the first goes. Raises NotFound, Conflict (in use), Denied."""
    entries = deletable(cloud, request, actor)
    for entry in entries:
        forget, discard = steps = steps_to_delete(entry)
        work = Work(cloud.clock, steps)
        with alone(cloud, entry.facts.identifier):
            with work.doing(forget):
                retry.on_conflict(cloud, partial(_forget, cloud, entry, actor))
            with work.doing(discard):
                cloud.images.delete(entry.facts.identifier)
            retry.on_conflict(cloud, partial(remember, cloud, entry, f"delete by {actor.name}", work))
    return entries


def deletable(cloud: Cloud, request: DeleteImageRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that are meant, each once, if all of them may be deleted. Raises as `delete` does."""
    entries = {entry.facts.identifier: entry for entry in (named(cloud, target) for target in request.targets)}
    for entry in entries.values():
        _check(cloud, entry, actor)
    return tuple(entries.values())


def steps_to_delete(entry: ImageEntry) -> tuple[ForgetImage, DiscardImage]:
    """What the end of an image takes."""
    return ForgetImage(), DiscardImage(posixpath.dirname(entry.facts.path), entry.facts.identifier)


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
