"""image list and show: what the store holds, and how many instances are cloned from each."""

import dataclasses

from stratus.actions import records
from stratus.actions.image.resolve import lookup, no_image
from stratus.cloud import Cloud
from stratus.model.image import ImageEntry
from stratus.model.requests import Actor, ListImagesRequest


def images(cloud: Cloud, request: ListImagesRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that were named, or all, by name. Raises NotFound."""
    if request.targets:
        return tuple(_counted(cloud, named(cloud, target)) for target in request.targets)
    entries = [records.value_of(document, ImageEntry) for document in cloud.ledger.find(records.IMAGE)]
    return tuple(_counted(cloud, entry) for entry in sorted(entries, key=lambda entry: entry.name))


def named(cloud: Cloud, target: str) -> ImageEntry:
    """The image with that name or identifier. Raises NotFound."""
    entry = lookup(cloud, target)
    if entry is None:
        raise no_image(cloud, target, "stratus image list")
    return entry


def users_of(cloud: Cloud, identifier: str) -> list[int]:
    """The ids of the living instances that are cloned from an image."""
    return [int(document.key) for document in cloud.ledger.find(records.INSTANCE, where={"image": identifier})]


def names_of(cloud: Cloud, identifier: str) -> list[str]:
    """Every name of an image, sorted."""
    return [document.key for document in cloud.ledger.find(records.IMAGE_NAME, where={"identifier": identifier})]


def _counted(cloud: Cloud, entry: ImageEntry) -> ImageEntry:
    identifier = entry.facts.identifier
    aliases = tuple(name for name in names_of(cloud, identifier) if name != entry.name)
    return dataclasses.replace(entry, in_use=len(users_of(cloud, identifier)), aliases=aliases)
