"""image import: fetch, verify, keep once, and give it a name."""

import dataclasses
import re
from functools import partial

from stratus.actions import records, retry
from stratus.actions.image import sight
from stratus.actions.image.alone import alone
from stratus.actions.image.places import source_of
from stratus.actions.image.work import Work
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.drivers.ledger.protocol import Document
from stratus.errors import BadInput, Conflict
from stratus.model.identifier import is_identifier
from stratus.model.image import ImageEntry, ImageEvent, ImageFacts, ImageName, ImageSource
from stratus.model.requests import Actor, ImportImageRequest
from stratus.model.secrets import masked
from stratus.model.steps.images import EnterImage

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,62}\Z")
ENDINGS = (".gz", ".bz2", ".xz", ".img", ".raw", ".qcow2", ".qcow")


def bring_in(cloud: Cloud, request: ImportImageRequest, actor: Actor, progress: Progress) -> ImageEntry:
    """The image, fetched and named. Raises BadInput (refused, with the reason), Conflict (the name is taken)."""
    if request.name:
        check_name(request.name)
    source = source_of(cloud, request, actor)
    work = Work(cloud.clock, (*cloud.images.steps(source, unseen=True).all, EnterImage()))
    return bring_in_with(cloud, request, actor, progress, work, "import", source)


def bring_in_with(
    cloud: Cloud,
    request: ImportImageRequest,
    actor: Actor,
    progress: Progress,
    work: Work,
    verb: str,
    source: ImageSource,
) -> ImageEntry:
    """The same from a place that has been looked at; the `work` so far is part of the record."""
    while True:
        facts = cloud.images.fetch(source, progress=progress, doing=work.doing)
        with alone(cloud, facts.identifier):
            if cloud.images.get(facts.identifier) is not None:  # else it was deleted since it came
                with work.doing(EnterImage()):
                    entry, done = retry.on_conflict(cloud, partial(_save, cloud, request, actor, facts))
                retry.on_conflict(cloud, partial(remember, cloud, entry, actor, verb, work))
                if done is not None:
                    raise done
                return entry


def remember(cloud: Cloud, entry: ImageEntry, actor: Actor, verb: str, work: Work) -> None:
    """Save what was done about an image."""
    event = ImageEvent(cloud.clock(), f"{verb} by {actor.name}", work.timings(), actor.name)
    cloud.ledger.commit([records.add_to_image_history(cloud.ledger, entry.facts.identifier, entry.name, event)])


def check_name(name: str) -> None:
    """Raise BadInput unless `name` can be an image's."""
    if not NAME.match(name) or is_identifier(name):
        raise BadInput(
            f"{name!r} cannot be an image's name", hint="letters, digits and . _ + -, at most 63, not an identifier"
        )


def _save(
    cloud: Cloud, request: ImportImageRequest, actor: Actor, facts: ImageFacts
) -> tuple[ImageEntry, Conflict | None]:
    """The entry, and what is wrong with its name if that is another image's. What an administrator brings in is the
    site's; what a user does is theirs, under a name of theirs."""
    found = records.read(cloud.ledger, records.IMAGE, facts.identifier, ImageEntry)
    name = request.name or _free_name(cloud, request.location, actor, found[0] if found else None, facts.identifier)
    owner = "" if actor.admin else actor.name
    taken = _taken(cloud, owner, name)
    if taken is not None and taken.body["identifier"] != facts.identifier:
        # The content is here by now: it gets a name of its own, or nobody could see or delete it.
        other = dataclasses.replace(request, name=f"{name[:40]}-{facts.identifier[:8]}")
        kept, _ = _save(cloud, other, actor, facts)
        return kept, Conflict(
            f"the name {name} is another image's ({taken.body['identifier']}); this one is kept as {kept.name}",
            hint=f"stratus run {kept.name}, or choose another --name",
        )
    now_s, location = cloud.clock(), request.location
    mine = ImageEntry(facts, name, actor.name, location, now_s, shared=actor.admin)
    # Content that is here already keeps its first name and its owner, unless it becomes the site's only now.
    entry = found[0] if found and (found[0].shared or not actor.admin) else mine
    own = taken.revision if taken and taken.key == records.image_name_key(owner, name) else 0
    cloud.ledger.commit(
        [
            records.put_image(dataclasses.replace(entry, facts=facts), found[1] if found else 0),
            records.put_image_name(name, ImageName(facts.identifier, owner, location, now_s), own),
        ]
    )
    return (entry if entry.shared or entry.owner == actor.name else mine), None


def _taken(cloud: Cloud, owner: str, name: str) -> Document | None:
    """What the name leads to for its owner: a name of their own, or of the site."""
    own = cloud.ledger.get(records.IMAGE_NAME, records.image_name_key(owner, name))
    return own or (cloud.ledger.get(records.IMAGE_NAME, name) if owner else None)


def _free_name(cloud: Cloud, location: str, actor: Actor, known: ImageEntry | None, identifier: str) -> str:
    """The file's name without its endings; the identifier's beginning is added when that name is another image's."""
    seen = sight.as_seen(cloud, actor, known) if known else None
    if seen and "/" not in seen.name:
        return seen.name
    base = masked(location).split("?")[0].rstrip("/").rpartition("/")[2]
    while base.lower().endswith(ENDINGS):
        base = base.rpartition(".")[0]
    base = re.sub(r"[^A-Za-z0-9._+-]", "-", base).strip("-._+")[:40] or "image"
    return base if _taken(cloud, "" if actor.admin else actor.name, base) is None else f"{base}-{identifier[:8]}"
