"""From what a user typed to an image: identifier, name, or a place to fetch it from."""

from stratus.actions.image import sight
from stratus.actions.image.bring_in import bring_in
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.model.image import ImageEntry
from stratus.model.requests import Actor, ImportImageRequest


def resolve(cloud: Cloud, wanted: str, actor: Actor, progress: Progress) -> ImageEntry:
    """The image called `wanted`; a URL or a path is fetched, once, however many ask.

    Raises NotFound, BadInput, CommandFailed."""
    return known(cloud, wanted, actor) or bring_in(cloud, ImportImageRequest(wanted), actor, progress)


def known(cloud: Cloud, wanted: str, actor: Actor) -> ImageEntry | None:
    """The image called `wanted`, or the one that came from there, if the actor sees it; None: a place from which none
    has come yet for them. Raises NotFound."""
    found = sight.lookup(cloud, actor, wanted)
    if found is not None:
        return found
    if not is_place(wanted):
        raise sight.no_image(cloud, actor, wanted, "stratus image list, or: stratus image build tiny")
    return sight.from_source(cloud, actor, wanted)


def is_place(wanted: str) -> bool:
    """Whether it can only be a place: a URL, or a path with a slash in it."""
    return "/" in wanted
