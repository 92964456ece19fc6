"""What is written down of a request: who asked what, when, from where, about which things, and how it ended. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, field, fields
from typing import Any

from stratus.model.codec import encode
from stratus.model.secrets import HIDDEN, masked
from stratus.model.values import dataclass

ASKED, DONE, PLANNED = "asked", "done", "planned"
REQUEST_ID = re.compile(r"@[a-z0-9]{8,32}\Z")
_LONGEST, _LONGEST_ERROR, _MOST = 200, 1000, 100
_SECRET = re.compile(r"context|passw|secret|token")
_NAMING = ("target", "targets", "name", "to", "nodes", "image", "user", "group")
_WORD = re.compile(r"[A-Z][a-z]*")


@dataclass(frozen=True)
class Asked:
    """One request as the audit has it. A request that was cut off, or is under way, has the outcome "asked"."""

    request_id: str
    at_s: float
    who: str
    role: str
    verb: str  # the request's type in words: run, import image
    origin: str = ""  # the address it came from; "" = the front end itself
    what: Mapping[str, Any] = field(default_factory=dict)  # beyond the defaults; secrets hidden, long texts cut
    objects: tuple[str, ...] = ()  # names and ids of what it was about
    changes: bool = False
    outcome: str = ASKED  # asked | done | planned | the code of its error
    error: str = ""
    took_s: float = 0.0


def verb_of(kind: type) -> str:
    """The words for a type of requests."""
    return " ".join(_WORD.findall(kind.__name__.removesuffix("Request"))).lower()


def what_was_asked(request: Any) -> dict[str, Any]:
    """The fields of a request that differ from their defaults, as JSON types that are fit to be kept for long."""
    said = {}
    for part in fields(request):
        value = getattr(request, part.name)
        if part.default is not MISSING and value == part.default:
            continue
        said[part.name] = HIDDEN if _SECRET.search(part.name) and value else _fit(encode(value))
    return said


def objects_of(request: Any, answer: Any = None) -> tuple[str, ...]:
    """The names and ids that a request and its answer speak of, each once, the first ones of very many."""
    return tuple(dict.fromkeys(word for word in (*_named(request), *_answered(answer)) if word))[:_MOST]


def in_short(error: str) -> str:
    """An error as it may be kept for long: it may repeat whatever somebody typed."""
    return _cut(error, _LONGEST_ERROR)


def _named(request: Any) -> Iterator[str]:
    for name in _NAMING:
        value = getattr(request, name, None)
        for word in value if isinstance(value, tuple) else (value,):
            if isinstance(word, str):
                yield masked(word)[:_LONGEST]


def _answered(answer: Any) -> Iterator[str]:
    """What an answer is about: instances, an image, a node, a user."""
    for part in answer if isinstance(answer, tuple) else (answer,):
        instances = getattr(part, "instances", ())
        several = instances[:_MOST] if isinstance(instances, tuple) else ()  # some answers only count them
        for thing in (part, *several, getattr(part, "node", None)):
            number = getattr(thing, "id", None)
            yield from (str(number),) if isinstance(number, int) else ()
            name = getattr(thing, "name", None)
            yield from (name,) if isinstance(name, str) else ()


def _fit(data: Any) -> Any:
    """The same, with no text too long, no list too long, and no password of a URL in it."""
    if isinstance(data, str):
        return _cut(data, _LONGEST)
    if isinstance(data, dict):
        return {key: HIDDEN if _SECRET.search(key) and item else _fit(item) for key, item in data.items()}
    return [_fit(item) for item in data[:_MOST]] if isinstance(data, list) else data


def _cut(text: str, most: int) -> str:
    return masked(text) if len(text) <= most else f"{masked(text)[:most]}... ({len(text)} characters)"
