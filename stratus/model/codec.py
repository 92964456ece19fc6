"""Frozen values to JSON and back: the one format of the wire, the ledger and the record beside the disks.

A dataclass becomes an object of its fields; bytes become base64 text; an enum its value. A field whose type is a
union of dataclasses carries the class name under "kind". Unknown fields are ignored when reading, and missing ones
take their default, so that two neighbouring versions understand each other.
"""

import base64
import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from stratus.errors import BadInput

T = TypeVar("T")
KIND = "kind"


def encode(value: Any) -> Any:
    """`value` as JSON types. Dataclasses always carry their kind, which costs little and makes unions readable."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {KIND: type(value).__name__, **fields}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, frozenset, set)):
        return [encode(item) for item in value]
    return value


def decode(wanted: type[T], data: Any) -> T:
    """The value of type `wanted` that `data` describes. Raises BadInput naming the type when it does not fit."""
    try:
        return typing.cast(T, _decode(wanted, data))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        name = getattr(wanted, "__name__", str(wanted))
        raise BadInput(f"this is not a valid {name}: {error}") from error


def _decode(wanted: Any, data: Any) -> Any:
    origin = typing.get_origin(wanted)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(wanted), data)
    if origin is tuple:
        return _decode_tuple(typing.get_args(wanted), data)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        item = typing.get_args(wanted)[1]
        return {str(key): _decode(item, value) for key, value in data.items()}
    if origin is list:
        (item,) = typing.get_args(wanted)
        if not isinstance(data, list):
            raise TypeError("expected a list")
        return [_decode(item, value) for value in data]
    if isinstance(wanted, type):
        return _decode_plain(wanted, data)
    return data


def _decode_plain(wanted: type, data: Any) -> Any:
    if dataclasses.is_dataclass(wanted):
        if not isinstance(data, Mapping):
            raise TypeError(f"expected an object for {wanted.__name__}, got {type(data).__name__}")
        hints = _hints(wanted)
        known = {f.name for f in dataclasses.fields(wanted)}
        return wanted(**{k: _decode(hints[k], v) for k, v in data.items() if k in known})
    if issubclass(wanted, enum.Enum):
        return wanted(data)
    if wanted is bytes:
        return base64.b64decode(data, validate=True)
    if wanted is float and type(data) is int:
        return float(data)
    if wanted in (int, str, bool, float) and type(data) is not wanted:
        raise TypeError(f"expected {wanted.__name__}, got {type(data).__name__}")
    return data


def _decode_union(members: tuple[Any, ...], data: Any) -> Any:
    if data is None and type(None) in members:
        return None
    choices = [m for m in members if m is not type(None)]
    if isinstance(data, Mapping) and KIND in data:
        for member in choices:
            if getattr(member, "__name__", "") == data[KIND]:
                return _decode(member, data)
    if len(choices) == 1:
        return _decode(choices[0], data)
    for member in choices:
        if isinstance(member, type) and not dataclasses.is_dataclass(member):
            try:
                return _decode_plain(member, data)
            except (TypeError, ValueError):
                continue
    raise TypeError(f"none of {[getattr(m, '__name__', str(m)) for m in choices]} fits")


def _decode_tuple(members: tuple[Any, ...], data: Any) -> tuple[Any, ...]:
    if not isinstance(data, (list, tuple)):
        raise TypeError("expected a list")
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_decode(members[0], item) for item in data)
    if len(members) != len(data):
        raise TypeError(f"expected {len(members)} items, got {len(data)}")
    return tuple(_decode(member, item) for member, item in zip(members, data, strict=True))


@functools.cache
def _hints(wanted: type) -> dict[str, Any]:
    return typing.get_type_hints(wanted)
