"""How requests and answers are carried by the lines of the gate (`model/wire.py`), from value to JSON and back.

Both ends ignore what they do not know, so that neighbouring releases understand each other, but in a request: what an
older front end does not know it refuses, or `plan` would be done in earnest. So a client sends only what was asked for.
"""

import json
import types
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar, cast, get_args

from stratus.errors import BadInput
from stratus.model import codec, requests
from stratus.model.requests import Request
from stratus.model.wire import UPDATE, Answer, Ask

T = TypeVar("T")
PIECE = 500  # items of an answer in one line


def ask(id: str, request: Request[Any], *, wants_progress: bool = False) -> Ask:
    """The request, ready to travel. What is left at its default is left out, so that it does not bother an older
    front end that has never heard of it."""
    return Ask(id, _without_defaults(request), wants_progress)


def asked(message: Ask) -> Request[Any]:
    """The request in the message. Raises BadInput, also for what only a newer release would understand."""
    name = message.request.get(codec.KIND)
    kind = getattr(requests, name, None) if isinstance(name, str) else None
    if not isinstance(kind, type) or not issubclass(kind, Request) or kind is Request:
        raise BadInput(f"this front end knows no request {str(name)[:80]!r}", hint=UPDATE)
    request = codec.decode(kind, message.request)
    if unknown := _unknown(message.request, codec.encode(request)):
        raise BadInput(f"this front end does not know {unknown} of a {name}", hint=f"leave it out, or {UPDATE}")
    try:
        json.dumps(message.request, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:
        raise BadInput(f"this is not a valid {name}: {error}") from error
    return request


def answers(id: str, value: Any) -> Iterator[Answer]:
    """The answer in pieces that fit into lines."""
    if not isinstance(value, tuple):
        yield Answer(id, codec.encode(value))
        return
    last = max(0, (len(value) - 1) // PIECE * PIECE)
    for first in range(0, last + 1, PIECE):
        yield Answer(id, codec.encode(value[first : first + PIECE]), more=first < last)


def answer_to(request: Request[T], pieces: Sequence[Answer]) -> T:
    """What the pieces of an answer say. Raises BadInput."""
    value = pieces[0].value if len(pieces) == 1 else [item for piece in pieces for item in piece.value]
    return cast(T, codec.decode(answer_type(type(request)), value))


def answer_type(kind: type[Request[Any]]) -> Any:
    """The type that requests of this kind are answered with; found by the name that stands behind `Request`."""
    (promised,) = get_args(vars(kind)["__orig_bases__"][0])
    if isinstance(promised, type):
        return promised
    written: str = getattr(promised, "__forward_arg__", "")
    name = written.removeprefix("tuple[").removesuffix(", ...]")
    found: Any = getattr(import_module(f"stratus.model.{_HOMES.get(name, 'views')}"), name)
    return found if name == written else types.GenericAlias(tuple, (found, ...))


_HOMES = {  # of what is not in views.py
    "Asked": "audit",
    "Burnin": "burnin",
    "Diagnosis": "doctor.finding",
    "Fill": "placement.capacity",
    "ImageEntry": "image",
    "ImageEvent": "image",
    "InstanceView": "instance",
    "LogView": "history",
    "Node": "node",
    "Plan": "plan",
    "Recipe": "image",
    "Recovery": "recovery",
    "Trail": "trail",
    **dict.fromkeys(("ChangedGroup", "ChangedUser", "GroupView", "UsageView", "UserView"), "user_views"),
}


def _without_defaults(value: Any) -> Any:
    """As JSON; fields that have their default are not there."""
    whole = codec.encode(value)
    kind = type(value)
    fields = getattr(kind, "__dataclass_fields__", {})
    for name, each in fields.items():
        part = getattr(value, name)
        if part == each.default:
            del whole[name]
        elif hasattr(part, "__dataclass_fields__"):
            whole[name] = _without_defaults(part)
    return whole


def _unknown(given: Any, understood: Any) -> str:
    """The name of a field that was given and not understood, or ""."""
    if isinstance(given, Mapping) and isinstance(understood, Mapping):
        for name, part in given.items():
            if name not in understood:
                return str(name)[:80]
            if found := _unknown(part, understood[name]):
                return found
    if isinstance(given, list) and isinstance(understood, list):
        return next((found for pair in zip(given, understood, strict=False) if (found := _unknown(*pair))), "")
    return ""
