"""dataclass: frozen ones as the standard library makes them, but each part of one is made when it is used first.

Making one costs more than loading the rest of its module, and a command uses few of the many values that it loads:
builds most of them, reads the fields of some, and compares or prints hardly any.
"""

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(*, frozen: bool) -> Callable[[type[T]], type[T]]:
        """As `dataclasses.dataclass(frozen=True)`; the class is whole before there is an instance of it, or anybody
        can ask for its fields. Safe to use from many threads. Fields that are only for keywords, or that the
        constructor does not take, are refused."""
        assert frozen, "a value is frozen"
        return _prepared


_TURN = threading.RLock()  # the fields of one class may lead to another
_FIELDS, _PARAMETERS = "__dataclass_fields__", "__dataclass_params__"
_RARE = ("__repr__", "__eq__", "__hash__")
_MISSING: Any = dataclasses.MISSING


class _Fields:
    """What stands where the fields of a class will be, and makes it when they are asked for."""

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __get__(self, instance: object, asked: type) -> Any:
        _make(self._owner)
        return vars(self._owner)[_FIELDS]


def _prepared(owner: type[T]) -> type[T]:
    def first(self: Any, *given: Any, **named: Any) -> None:
        _make(owner)
        owner.__init__(self, *given, **named)  # the real one by now

    owner.__init__ = first  # type: ignore[method-assign]
    for name in _RARE:
        assert vars(owner).get(name) is None, f"{owner.__name__} has a {name} of its own"
        setattr(owner, name, _rare(owner, name))
    setattr(owner, _FIELDS, _Fields(owner))
    return owner


def _rare(owner: type, name: str) -> Callable[..., Any]:
    """What stands where a method will be that most values are never asked for."""

    def first(self: object, *given: object) -> Any:
        with _TURN:
            made = vars(dataclasses.dataclass(frozen=True)(_twin(owner)))
            for each in _RARE:
                setattr(owner, each, made[each])
        return getattr(owner, name)(self, *given)

    return first


def _make(owner: type) -> None:
    """Give the class its fields and its constructor. The library would write six methods, and each takes its time."""
    with _TURN:
        if not isinstance(vars(owner)[_FIELDS], _Fields):
            return  # somebody was faster
        inherits = any(_FIELDS in vars(base) for base in owner.__mro__[1:])
        decorate = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=inherits)
        twin: Any = decorate(_twin(owner))
        made, constructor = vars(twin), _constructor(owner, dataclasses.fields(twin))
        for name in made[_FIELDS].keys() & vars(owner).keys() - made.keys():
            delattr(owner, name)  # a field's default that is made anew for each instance
        for name in made[_FIELDS].keys() & made.keys():
            setattr(owner, name, made[name])
        parameters = made[_PARAMETERS]
        parameters.init = parameters.repr = parameters.eq = parameters.frozen = True
        owner.__setattr__, owner.__delattr__ = _refuse, _refuse  # type: ignore[method-assign, assignment]
        setattr(owner, _PARAMETERS, parameters)
        owner.__match_args__ = made["__match_args__"]  # type: ignore[attr-defined, misc]
        setattr(owner, _FIELDS, made[_FIELDS])
        owner.__init__ = constructor  # type: ignore[misc]


def _twin(owner: type) -> type:
    """A class like this one, for the library to work on: whoever uses the real one meanwhile never finds half of it."""
    own = {name: thing for name, thing in vars(owner).items() if name not in _NOT_ITS_OWN}
    if not isinstance(fields := vars(owner)[_FIELDS], _Fields):
        own |= {name: fields[name] for name in own.get("__annotations__", ())}
    return type(owner.__name__, owner.__bases__, {**own, "__doc__": "A twin.", "__qualname__": owner.__qualname__})


def _constructor(owner: type, fields: tuple["dataclasses.Field[Any]", ...]) -> Callable[..., None]:
    """The constructor that the library writes for a frozen class."""
    words, lines, known = ["self"], [], {"_set": object.__setattr__, "_missing": _MISSING}
    for field in fields:
        name, value = field.name, field.name
        assert field.init and not field.kw_only, f"{owner.__name__}.{name}"
        if field.default_factory is not _MISSING:
            known[f"_new_{name}"] = field.default_factory
            words.append(f"{name}=_missing")
            value = f"_new_{name}() if {name} is _missing else {name}"
        elif field.default is not _MISSING:
            known[f"_usual_{name}"] = field.default
            words.append(f"{name}=_usual_{name}")
        else:
            words.append(name)
        lines.append(f" _set(self, {name!r}, {value})\n")
    after = " self.__post_init__()\n" if hasattr(owner, "__post_init__") else ""
    made: dict[str, Any] = {}
    exec(f"def __init__({', '.join(words)}):\n{''.join(lines)}{after} return None\n", known, made)
    made["__init__"].__qualname__ = f"{owner.__qualname__}.__init__"
    return made["__init__"]  # type: ignore[no-any-return]


def _refuse(self: object, name: str, *_: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")


_NOT_ITS_OWN = {
    *("__init__", "__dict__", "__weakref__", "__doc__", "__setattr__", "__delattr__", "__match_args__"),
    *(_FIELDS, _PARAMETERS, *_RARE),
}
