"""image log: what was done about an image; it is kept when the image is gone."""

from stratus.actions import records
from stratus.actions.image.resolve import lookup
from stratus.cloud import Cloud
from stratus.errors import NotFound
from stratus.model.image import ImageEvent, ImageHistory
from stratus.model.requests import Actor, LogImageRequest


def log(cloud: Cloud, request: LogImageRequest, actor: Actor) -> tuple[ImageEvent, ...]:
    """The events, oldest first. An image that is gone is found by its identifier, or by its last name.

    Raises NotFound."""
    entry = lookup(cloud, request.target)
    if entry is not None:
        found = cloud.ledger.get(records.IMAGE_HISTORY, entry.facts.identifier)
        return records.value_of(found, ImageHistory).events if found else ()
    gone = cloud.ledger.get(records.IMAGE_HISTORY, request.target) if request.target else None
    documents = [gone] if gone else cloud.ledger.find(records.IMAGE_HISTORY, where={"name": request.target})
    if not documents:
        raise NotFound(f"no image {request.target!r}", hint="stratus image list")
    events = [event for document in documents for event in records.value_of(document, ImageHistory).events]
    return tuple(sorted(events, key=lambda event: event.at_s))
