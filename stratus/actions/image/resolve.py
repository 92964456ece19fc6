"""From what a user typed to an image: identifier, name, or a place to fetch it from."""

from stratus.actions import records
from stratus.actions.image.bring_in import bring_in
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.errors import NotFound
from stratus.model.identifier import is_identifier
from stratus.model.image import ImageEntry
from stratus.model.nearest import nearest
from stratus.model.requests import Actor, ImportImageRequest


def resolve(cloud: Cloud, wanted: str, actor: Actor, progress: Progress) -> ImageEntry:
    """The image called `wanted`; a URL or a path is fetched, once, however many ask.

    Raises NotFound, BadInput, CommandFailed."""
    return known(cloud, wanted) or bring_in(cloud, ImportImageRequest(wanted), actor, progress)


def known(cloud: Cloud, wanted: str) -> ImageEntry | None:
    """The image called `wanted`, or the one that came from there; None: a place from which none has come yet.

    Raises NotFound."""
    found = lookup(cloud, wanted)
    if found is not None:
        return found
    if not is_place(wanted):
        raise no_image(cloud, wanted, "stratus image list, or: stratus image build tiny")
    came = cloud.ledger.find(records.IMAGE, where={"source": wanted}, limit=1)
    return records.value_of(came[0], ImageEntry) if came else None


def no_image(cloud: Cloud, wanted: str, hint: str) -> NotFound:
    """The error for a name that no image has, with the name that is nearest."""
    near = nearest(wanted, (document.key for document in cloud.ledger.find(records.IMAGE_NAME)))
    return NotFound(f"no image {wanted!r}", hint=f"did you mean {near}? {hint}" if near else hint)


def lookup(cloud: Cloud, wanted: str) -> ImageEntry | None:
    """The image with that name or identifier, or None."""
    name = cloud.ledger.get(records.IMAGE_NAME, wanted) if wanted else None
    key = str(name.body["identifier"]) if name else wanted if is_identifier(wanted) else ""
    found = records.read(cloud.ledger, records.IMAGE, key, ImageEntry) if key else None
    return found[0] if found else None


def is_place(wanted: str) -> bool:
    """Whether it can only be a place: a URL, or a path with a slash in it."""
    return "/" in wanted
