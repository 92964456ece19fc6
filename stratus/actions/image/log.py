"""image log: what was done about an image; it is kept when the image is gone."""

from collections.abc import Collection, Iterable

from stratus.actions import records
from stratus.actions.image import sight
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.image import ImageEvent, ImageHistory
from stratus.model.requests import Actor, LogImageRequest


def log(cloud: Cloud, request: LogImageRequest, actor: Actor) -> tuple[ImageEvent, ...]:
    """The events, oldest first; for a user only those of their own, and of the site's images the site's. An image that
    is gone is found by its identifier, or by its last name. Raises NotFound."""
    entry = sight.lookup(cloud, actor, request.target)
    if entry is not None:
        found = cloud.ledger.get(records.IMAGE_HISTORY, entry.facts.identifier)
        by = {actor.name, *((entry.owner, "") if entry.shared else ())}
        return _told(records.value_of(found, ImageHistory).events if found else (), actor, by)
    gone = cloud.ledger.get(records.IMAGE_HISTORY, request.target) if request.target else None
    documents = [gone] if gone else cloud.ledger.find(records.IMAGE_HISTORY, where={"name": request.target})
    events = [event for document in documents for event in records.value_of(document, ImageHistory).events]
    told = _told(sorted(events, key=lambda event: event.at_s), actor, {actor.name})
    if not told:
        raise NotFound(f"no image {request.target!r}", hint="stratus image list")
    return told


def _told(events: Iterable[ImageEvent], actor: Actor, by: Collection[str]) -> tuple[ImageEvent, ...]:
    return tuple(event for event in events if actor.sees_all or event.actor in by)
