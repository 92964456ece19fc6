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
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from stratus.errors import BadInput

T = TypeVar("T")
KIND = "kind"
Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]
_AS_IT_IS = frozenset((str, int, float, bool, type(None)))


def encode(value: Any) -> Any:
    """`value` as JSON types. Dataclasses always carry their kind, which costs little and makes unions readable."""
    kind: Any = type(value)
    return value if kind in _AS_IT_IS else _writer(kind)(value)


def decode(wanted: type[T], data: Any) -> T:
    """The value of type `wanted` that `data` describes. Raises BadInput naming the type when it does not fit."""
    try:
        return typing.cast(T, _Later(wanted)(data))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        name = getattr(wanted, "__name__", str(wanted))
        raise BadInput(f"this is not a valid {name}: {error}") from error


@functools.cache
def _writer(kind: Any) -> Writer:
    """What makes JSON of a value of that class; found out once for each class."""
    if dataclasses.is_dataclass(kind):
        return _dataclass_writer(kind)
    if issubclass(kind, enum.Enum):
        return lambda value: value.value
    if issubclass(kind, bytes):
        return lambda value: base64.b64encode(value).decode("ascii")
    if issubclass(kind, Mapping):
        return lambda value: {str(key): encode(item) for key, item in value.items()}
    if issubclass(kind, (list, tuple, frozenset, set)):
        return lambda value: [item if type(item) in _AS_IT_IS else encode(item) for item in value]
    return lambda value: value


def _dataclass_writer(kind: Any) -> Writer:
    names = [field.name for field in dataclasses.fields(kind)]

    def write(value: Any) -> Any:
        written = {KIND: kind.__name__}
        for name in names:
            part = getattr(value, name)
            written[name] = part if type(part) in _AS_IT_IS else encode(part)
        return written

    return write


@functools.cache
def _reader(wanted: Any) -> Reader:
    """What makes a value of that type; found out once for each type, since listings read thousands."""
    origin = typing.get_origin(wanted)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(wanted))
    if origin is tuple:
        return _tuple_reader(typing.get_args(wanted))
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        item = _Later(typing.get_args(wanted)[1])
        return lambda data: {str(key): item(value) for key, value in data.items()}
    if origin is list:
        return _list_reader(*typing.get_args(wanted))
    if isinstance(wanted, type):
        return _class_reader(wanted)
    return lambda data: data


class _Later:
    """The reader of a type, found out when there is something to be read: a type may hold itself."""

    def __init__(self, wanted: Any) -> None:
        self._wanted = wanted
        self._found: Reader | None = None

    def __call__(self, data: Any) -> Any:
        self._found = self._found or _reader(self._wanted)
        return self._found(data)


def _class_reader(wanted: type) -> Reader:
    if dataclasses.is_dataclass(wanted):
        return _dataclass_reader(wanted)
    if issubclass(wanted, enum.Enum):
        return wanted
    if wanted is bytes:
        return functools.partial(base64.b64decode, validate=True)

    def read(data: Any) -> Any:
        if wanted is float and type(data) is int:
            return float(data)
        if wanted in (int, str, bool, float) and type(data) is not wanted:
            raise TypeError(f"expected {wanted.__name__}, got {type(data).__name__}")
        return data

    return read


def _dataclass_reader(wanted: type) -> Reader:
    hints = typing.get_type_hints(wanted)
    names = [field.name for field in dataclasses.fields(wanted)]
    # Most fields are as plain in JSON as they are here: one look at the type, and no call.
    plain = {name: hints[name] for name in names if hints[name] in (int, str, bool, float)}
    parts = [(name, plain.get(name), _Later(hints[name])) for name in names]

    def read(data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise TypeError(f"expected an object for {wanted.__name__}, got {type(data).__name__}")
        given = {}
        for name, kind, part in parts:
            if name in data:
                value = data[name]
                given[name] = value if type(value) is kind else part(value)
        return wanted(**given)

    return read


def _union_reader(members: tuple[Any, ...]) -> Reader:
    choices = [m for m in members if m is not type(None)]
    named = {getattr(member, "__name__", ""): _Later(member) for member in choices}
    plain = [_Later(m) for m in choices if isinstance(m, type) and not dataclasses.is_dataclass(m)]

    def read(data: Any) -> Any:
        if data is None and type(None) in members:
            return None
        if isinstance(data, Mapping) and data.get(KIND) in named:
            return named[data[KIND]](data)
        if len(choices) == 1:
            return _reader(choices[0])(data)
        for part in plain:
            try:
                return part(data)
            except (TypeError, ValueError):
                continue
        raise TypeError(f"none of {[getattr(m, '__name__', str(m)) for m in choices]} fits")

    return read


def _list_reader(item: Any) -> Reader:
    part = _Later(item)

    def read(data: Any) -> Any:
        if not isinstance(data, list):
            raise TypeError("expected a list")
        return [part(each) for each in data]

    return read


def _tuple_reader(members: tuple[Any, ...]) -> Reader:
    parts = [_Later(member) for member in members if member is not Ellipsis]
    endless = len(members) == 2 and members[1] is Ellipsis
    kind = members[0] if endless and members[0] in (int, str, bool, float) else None

    def read(data: Any) -> Any:
        if not isinstance(data, (list, tuple)):
            raise TypeError("expected a list")
        if endless:
            return tuple([each if type(each) is kind else parts[0](each) for each in data])
        if len(parts) != len(data):
            raise TypeError(f"expected {len(parts)} items, got {len(data)}")
        return tuple([part(each) for part, each in zip(parts, data, strict=True)])

    return read
