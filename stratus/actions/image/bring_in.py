"""image import: fetch, verify, keep once, and give it a name."""

import dataclasses
import re
from functools import partial

from stratus.actions import records, retry
from stratus.actions.image.alone import alone
from stratus.actions.image.places import source_of
from stratus.actions.image.work import Work
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.drivers.ledger.protocol import Put
from stratus.errors import BadInput, Conflict
from stratus.model.identifier import is_identifier
from stratus.model.image import ImageEntry, ImageEvent, ImageFacts, ImageSource
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
                retry.on_conflict(cloud, partial(remember, cloud, entry, f"{verb} by {actor.name}", work))
                if done is not None:
                    raise done
                return entry


def remember(cloud: Cloud, entry: ImageEntry, cause: str, work: Work) -> None:
    """Save what was done about an image."""
    event = ImageEvent(cloud.clock(), cause, work.timings())
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
    """The entry, and what is wrong with its name if that is another image's."""
    name = request.name or _free_name(cloud, request.location, facts.identifier)
    taken = cloud.ledger.get(records.IMAGE_NAME, name)
    if taken is not None and taken.body["identifier"] != facts.identifier:
        # The content is here by now: it gets a name of its own, or nobody could see or delete it.
        other = dataclasses.replace(request, name=f"{name[:40]}-{facts.identifier[:8]}")
        kept, _ = _save(cloud, other, actor, facts)
        return kept, Conflict(
            f"the name {name} is another image's ({taken.body['identifier']}); this one is kept as {kept.name}",
            hint=f"stratus run {kept.name}, or choose another --name",
        )
    found = records.read(cloud.ledger, records.IMAGE, facts.identifier, ImageEntry)
    # Content that is here already keeps its first name and its owner; the new name stands beside it.
    entry = found[0] if found else ImageEntry(facts, name, actor.name, request.location, cloud.clock())
    named = {"identifier": facts.identifier}
    cloud.ledger.commit(
        [
            records.put_image(dataclasses.replace(entry, facts=facts), found[1] if found else 0),
            Put(records.IMAGE_NAME, name, named, taken.revision if taken else 0, named),
        ]
    )
    return entry, None


def _free_name(cloud: Cloud, location: str, identifier: str) -> str:
    """The file's name without its endings; the identifier's beginning is added when that name is another image's."""
    found = records.read(cloud.ledger, records.IMAGE, identifier, ImageEntry)
    if found:
        return found[0].name
    base = masked(location).split("?")[0].rstrip("/").rpartition("/")[2]
    while base.lower().endswith(ENDINGS):
        base = base.rpartition(".")[0]
    base = re.sub(r"[^A-Za-z0-9._+-]", "-", base).strip("-._+")[:40] or "image"
    return base if cloud.ledger.get(records.IMAGE_NAME, base) is None else f"{base}-{identifier[:8]}"
