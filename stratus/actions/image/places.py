"""Where who may bring images from: users who come in from elsewhere read neither our files nor our networks."""

import re

from stratus.actions.image import sight
from stratus.cloud import Cloud
from stratus.errors import Denied
from stratus.model.image import ImageSource
from stratus.model.requests import Actor, ImportImageRequest

_WEB = re.compile(r"https?://", re.IGNORECASE)


def source_of(cloud: Cloud, request: ImportImageRequest, actor: Actor) -> ImageSource:
    """Where the image comes from, as the store is told. Raises Denied for a place that is not the actor's to read.

    Whoever acts on the front end itself, and an administrator anywhere, names any place. Others bring their own
    files, or name a server of the internet; one that only the front end reaches would be read in the site's name."""
    is_guest = bool(actor.origin) and not actor.admin
    place = request.location
    if is_guest and place not in actor.brought and not _WEB.match(place):
        raise Denied(
            f"{place} is a place on the front end, which is not yours to read",
            hint="give a file of your own machine, which is sent along, or an http: or https: URL",
        )
    public_only = is_guest and not cloud.settings.private_urls
    afresh = bool(request.expected) and not _has_it(cloud, request, actor)
    return ImageSource(place, request.format, request.compression, request.expected, public_only, afresh)


def _has_it(cloud: Cloud, request: ImportImageRequest, actor: Actor) -> bool:
    """Whether the actor sees content of these checksums already. Of others' that is here nobody gets hold by naming
    its checksum: that may stand anywhere, and an image's identifier is nothing else."""
    seen = (entry.facts.checksums for entry in sight.everything(cloud, actor))
    return actor.sees_all or any(
        all(getattr(sums, name, "") == digest.lower() for name, digest in request.expected) for sums in seen
    )
