"""image list and show: what the store holds that the asker sees, and how many instances are cloned from each."""

import dataclasses

from stratus.actions.image import sight
from stratus.cloud import Cloud
from stratus.model.image import ImageEntry
from stratus.model.requests import Actor, ListImagesRequest
from stratus.model.secrets import masked


def images(cloud: Cloud, request: ListImagesRequest, actor: Actor) -> tuple[ImageEntry, ...]:
    """The images that were named, or all that the actor sees, by name. Raises NotFound."""
    if request.targets:
        return tuple(_counted(cloud, actor, named(cloud, actor, target)) for target in request.targets)
    entries = sorted(sight.everything(cloud, actor), key=lambda entry: entry.name)
    return tuple(_counted(cloud, actor, entry) for entry in entries)


def named(cloud: Cloud, actor: Actor, target: str) -> ImageEntry:
    """The image with that name or identifier, as the actor sees it. Raises NotFound."""
    entry = sight.lookup(cloud, actor, target)
    if entry is None:
        raise sight.no_image(cloud, actor, target, "stratus image list")
    return entry


def _counted(cloud: Cloud, actor: Actor, entry: ImageEntry) -> ImageEntry:
    """With what is counted; the secrets of the place that it came from stay here."""
    identifier = entry.facts.identifier
    aliases = tuple(name for name in sight.names_of(cloud, actor, identifier) if name != entry.name)
    in_use = len(sight.users_of(cloud, actor, identifier))
    return dataclasses.replace(entry, in_use=in_use, aliases=aliases, source=masked(entry.source))
