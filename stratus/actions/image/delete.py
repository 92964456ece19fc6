"""image delete: refused while an instance is cloned from it."""

import dataclasses
import posixpath
from functools import partial

from stratus.actions import records, retry
from stratus.actions.image.alone import alone
from stratus.actions.image.bring_in import remember
from stratus.actions.image.listing import named
from stratus.actions.image.sight import users_of
from stratus.actions.image.work import Work
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Document, Put
from stratus.errors import Conflict, Denied
from stratus.model.image import ImageEntry, ImageName
from stratus.model.requests import Actor, DeleteImageRequest
from stratus.model.steps.images import DiscardImage, ForgetImage


def delete(cloud: Cloud, request: DeleteImageRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that are gone. All are checked before the first goes. Content that others have too stays for them.

    Raises NotFound, Conflict (in use), Denied."""
    entries = deletable(cloud, request, actor)
    for entry in entries:
        steps = steps_to_delete(cloud, entry, actor)
        work = Work(cloud.clock, steps)
        with alone(cloud, entry.facts.identifier):
            with work.doing(steps[0]):
                gone = retry.on_conflict(cloud, partial(_forget, cloud, entry.facts.identifier, actor))
            if gone:
                with work.doing(_discard(entry)):
                    cloud.images.delete(entry.facts.identifier)
            retry.on_conflict(cloud, partial(remember, cloud, entry, actor, "delete", work))
    return entries


def deletable(cloud: Cloud, request: DeleteImageRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that are meant, each once, if all of them may be deleted. Raises as `delete` does."""
    entries = {entry.facts.identifier: entry for entry in (named(cloud, actor, target) for target in request.targets)}
    for entry in entries.values():
        _checked(cloud, entry, actor)
    return tuple(entries.values())


def steps_to_delete(cloud: Cloud, entry: ImageEntry, actor: Actor) -> tuple[ForgetImage | DiscardImage, ...]:
    """What the end of an image takes."""
    _, others = _names(cloud, entry, actor)
    return (ForgetImage(),) if others else (ForgetImage(), _discard(entry))


def _discard(entry: ImageEntry) -> DiscardImage:
    return DiscardImage(posixpath.dirname(entry.facts.path), entry.facts.identifier)


def _names(cloud: Cloud, entry: ImageEntry, actor: Actor) -> tuple[list[Document], list[Document]]:
    """The names of an image that are the actor's to take away, and the others. All are an administrator's, and theirs
    who brought it in for the site."""
    documents = cloud.ledger.find(records.IMAGE_NAME, where={"identifier": entry.facts.identifier})
    all_of_them, prefix = actor.admin or (entry.shared and entry.owner == actor.name), f"{actor.name}/"
    own = [document for document in documents if all_of_them or document.key.startswith(prefix)]
    return own, [document for document in documents if document not in own]


def _checked(cloud: Cloud, entry: ImageEntry, actor: Actor) -> tuple[list[Document], list[Document]]:
    """As `_names`. Raises Denied for what is not theirs, and Conflict while an instance is cloned from it."""
    own, others = _names(cloud, entry, actor)
    if not actor.admin and not own:
        raise Denied(f"image {entry.name} belongs to {entry.owner}")
    seen = users_of(cloud, actor, entry.facts.identifier)
    if seen:
        shown = ", ".join(map(str, seen[:5])) + (" ..." if len(seen) > 5 else "")
        raise Conflict(f"image {entry.name} is in use by {shown}", hint=f"stratus kill {seen[0]}, then try again")
    goes = not others and not actor.sees_all
    if goes and cloud.ledger.find(records.INSTANCE, where={"image": entry.facts.identifier}, limit=1):
        raise Conflict(f"image {entry.name} is in use", hint="try again later")
    return own, others


def _forget(cloud: Cloud, identifier: str, actor: Actor) -> bool:
    """Remove it from the ledger first: a run that read it before conflicts, one that comes later does not find it.

    False: others have it too, so that only the actor's names are gone."""
    found = records.read(cloud.ledger, records.IMAGE, identifier, ImageEntry)
    if found is None:
        return True
    entry, revision = found
    own, others = _checked(cloud, entry, actor)
    changes: list[Put | Delete] = [Delete(records.IMAGE_NAME, document.key) for document in own]
    if not others:
        cloud.ledger.commit([Delete(records.IMAGE, identifier, revision), *changes])
        return True
    cloud.ledger.commit([records.put_image(_passed_on(entry, others[0], actor), revision), *changes])
    return False


def _passed_on(entry: ImageEntry, to: Document, actor: Actor) -> ImageEntry:
    """The entry, which is somebody else's now if it was the actor's."""
    if entry.shared or entry.owner != actor.name:
        return entry
    name = records.value_of(to, ImageName)
    typed = to.key.partition("/")[2]
    return dataclasses.replace(entry, name=typed, owner=name.owner, source=name.source, created_s=name.created_s)
