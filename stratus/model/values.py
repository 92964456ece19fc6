"""dataclass: frozen ones as the standard library makes them, but each is made when it is used first.

Making one costs more than loading the rest of its module, and a command uses few of the many values that it loads.
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
        can ask for its fields. Safe to use from many threads."""
        assert frozen, "a value is frozen"
        return _prepared


_TURN = threading.RLock()  # the fields of one class may lead to another


class _Fields:
    """What stands where the fields of a class will be, and makes it when they are asked for."""

    def __init__(self, owner: type) -> None:
        self._owner = owner

    def __get__(self, instance: object, asked: type) -> Any:
        _make(self._owner)
        return vars(self._owner)["__dataclass_fields__"]


def _prepared(owner: type[T]) -> type[T]:
    def first(self: Any, *given: Any, **named: Any) -> None:
        _make(owner)
        owner.__init__(self, *given, **named)  # the real one by now

    owner.__init__ = first  # type: ignore[method-assign]
    owner.__dataclass_fields__ = _Fields(owner)  # type: ignore[attr-defined]
    return owner


def _make(owner: type) -> None:
    with _TURN:
        if not isinstance(vars(owner)["__dataclass_fields__"], _Fields):
            return  # somebody was faster
        # Made from a class like this one, so that whoever calls the constructor meanwhile waits, and never finds none.
        own = {name: thing for name, thing in vars(owner).items() if name not in _NOT_ITS_OWN}
        made = vars(dataclasses.dataclass(frozen=True)(type(owner.__name__, owner.__bases__, own)))
        for name in made["__dataclass_fields__"].keys() & own.keys() - made.keys():
            delattr(owner, name)  # a field's default that is made anew for each instance
        for name in made.keys() - _NOT_ITS_OWN:
            if own.get(name) is not made[name]:
                setattr(owner, name, made[name])
        owner.__setattr__, owner.__delattr__ = _refuse, _refuse  # type: ignore[method-assign, assignment]
        owner.__dataclass_fields__ = made["__dataclass_fields__"]  # type: ignore[attr-defined]
        owner.__init__ = made["__init__"]  # type: ignore[misc]


def _refuse(self: object, name: str, *_: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")


_NOT_ITS_OWN = {"__init__", "__dataclass_fields__", "__dict__", "__weakref__", "__doc__", "__module__"}
