"""Which images somebody sees, and under which names: those of the site, and their own.

Content is kept once, whoever brings it in: what is private are the names that lead to it."""

import dataclasses
from collections.abc import Iterator

from stratus.actions import records
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Document
from stratus.errors import Conflict, NotFound
from stratus.model.identifier import is_identifier
from stratus.model.image import ImageEntry, ImageName
from stratus.model.nearest import nearest
from stratus.model.requests import Actor


def lookup(cloud: Cloud, actor: Actor, wanted: str) -> ImageEntry | None:
    """The image with that name (the actor's own before the site's) or identifier, as the actor sees it; or None."""
    for key in _keys(actor, wanted):
        name = cloud.ledger.get(records.IMAGE_NAME, key)
        if name is not None:
            return _entry(cloud, actor, str(name.body["identifier"]))
    if is_identifier(wanted):
        return _entry(cloud, actor, wanted)
    return _anybodys(cloud, actor, wanted) if actor.sees_all and wanted else None


def _anybodys(cloud: Cloud, actor: Actor, wanted: str) -> ImageEntry | None:
    """The only image of that name, whoever's. Raises Conflict when several users have one."""
    documents = cloud.ledger.find(records.IMAGE_NAME, where={"name": wanted})
    if len({str(document.body["identifier"]) for document in documents}) > 1:
        names = ", ".join(document.key for document in documents[:5])
        raise Conflict(f"several users have an image {wanted}", hint=f"say whose: {names}")
    return _entry(cloud, actor, str(documents[0].body["identifier"])) if documents else None


def from_source(cloud: Cloud, actor: Actor, source: str) -> ImageEntry | None:
    """The image that came from there, if the actor sees one."""
    for document in cloud.ledger.find(records.IMAGE, where={"source": source}):
        if seen := as_seen(cloud, actor, records.value_of(document, ImageEntry)):
            return seen
    own = cloud.ledger.find(records.IMAGE_NAME, where={"source": source, "owner": actor.name}, limit=1)
    return _entry(cloud, actor, str(own[0].body["identifier"])) if own else None


def everything(cloud: Cloud, actor: Actor) -> Iterator[ImageEntry]:
    """All images that the actor sees."""
    entries = [records.value_of(document, ImageEntry) for document in cloud.ledger.find(records.IMAGE)]
    own = {} if actor.sees_all else {name.identifier: key for key, name in _own(cloud, actor)}
    for entry in entries:
        if actor.sees_all or entry.shared or entry.facts.identifier in own:
            seen = as_seen(cloud, actor, entry)
            if seen is not None:
                yield seen


def as_seen(cloud: Cloud, actor: Actor, entry: ImageEntry) -> ImageEntry | None:
    """The entry as the actor sees it, or None. Of content that somebody else has brought in too, nothing of theirs."""
    if entry.shared or entry.owner == actor.name:
        return entry
    if actor.sees_all:
        return dataclasses.replace(entry, name=records.image_name_key(entry.owner, entry.name))
    found = _own(cloud, actor, entry.facts.identifier)
    if not found:
        return None
    name, own = found[0]
    return dataclasses.replace(entry, name=name, owner=own.owner, source=own.source, created_s=own.created_s)


def names_of(cloud: Cloud, actor: Actor, identifier: str) -> list[str]:
    """Every name of an image that the actor may use, sorted."""
    documents = cloud.ledger.find(records.IMAGE_NAME, where={"identifier": identifier})
    return sorted(name for document in documents if (name := _as_typed(actor, document)))


def users_of(cloud: Cloud, actor: Actor, identifier: str) -> list[int]:
    """The ids of the living instances that are cloned from an image, of those that the actor sees."""
    where = {"image": identifier} | ({} if actor.sees_all else {"owner": actor.name})
    return [int(document.key) for document in cloud.ledger.find(records.INSTANCE, where=where)]


def no_image(cloud: Cloud, actor: Actor, wanted: str, hint: str) -> NotFound:
    """The error for a name that no image has, or none that the actor sees, with the name that is nearest."""
    names = (name for document in cloud.ledger.find(records.IMAGE_NAME) if (name := _as_typed(actor, document)))
    near = nearest(wanted, names)
    return NotFound(f"no image {wanted!r}", hint=f"did you mean {near}? {hint}" if near else hint)


def _keys(actor: Actor, wanted: str) -> tuple[str, ...]:
    """Under which keys a name may lie. What an administrator names is the site's, or says whose it is."""
    owner, slash, _ = wanted.partition("/")
    if not wanted or (slash and not (actor.sees_all or owner == actor.name)):
        return ()
    return (wanted,) if slash or actor.admin else (records.image_name_key(actor.name, wanted), wanted)


def _entry(cloud: Cloud, actor: Actor, identifier: str) -> ImageEntry | None:
    found = records.read(cloud.ledger, records.IMAGE, identifier, ImageEntry)
    return as_seen(cloud, actor, found[0]) if found else None


def _own(cloud: Cloud, actor: Actor, identifier: str = "") -> list[tuple[str, ImageName]]:
    """The actor's own names, of one image or of all, and what they lead to."""
    where = {"owner": actor.name} | ({"identifier": identifier} if identifier else {})
    documents = cloud.ledger.find(records.IMAGE_NAME, where=where)
    return [(document.key.partition("/")[2], records.value_of(document, ImageName)) for document in documents]


def _as_typed(actor: Actor, document: Document) -> str:
    """A name as the actor types it; "" for somebody else's that is not for them to know."""
    owner, slash, name = document.key.partition("/")
    if not slash or (actor.sees_all and owner != actor.name):
        return document.key
    return name if owner == actor.name else ""
