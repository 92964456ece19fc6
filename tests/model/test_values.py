"""Values that are made when they are used first are what the standard library would have made at once."""

import copy
import dataclasses
import threading
from collections.abc import Callable
from dataclasses import field
from typing import Any, ClassVar, Generic, TypeVar

import pytest

from stratus.model.values import dataclass

T = TypeVar("T")


def fresh() -> Any:
    """A class that nobody has used yet."""

    @dataclass(frozen=True)
    class Point:
        """A point."""

        x: int
        y: int = 2
        tags: tuple[str, ...] = field(default=())
        more: dict[str, int] = field(default_factory=dict, compare=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    return Point


FIRST_USES: dict[str, Callable[[Any], object]] = {
    "an instance": lambda point: point(1),
    "its fields": dataclasses.fields,
    "whether it is one": dataclasses.is_dataclass,
    "whether two are equal": lambda point: point(1) == point(1, 2),
    "whether they differ": lambda point: point(1) != point(2),
    "its hash": lambda point: {point(1)},
    "its text": lambda point: repr(point(1)),
    "one that is changed": lambda point: dataclasses.replace(point(1), x=2),
}


@pytest.mark.parametrize("use", FIRST_USES.values(), ids=FIRST_USES)
def test_whatever_comes_first_the_class_is_the_same_afterwards(use: Callable[[Any], object]) -> None:
    point = fresh()
    assert use(point)
    assert [one.name for one in dataclasses.fields(point)] == ["x", "y", "tags", "more"]
    assert dataclasses.is_dataclass(point)
    assert (point(1), hash(point(1))) == (point(x=1, more={"a": 1}), hash(point(1, 2)))
    assert repr(point(1)).endswith("Point(x=1, y=2, tags=(), more={})")
    assert dataclasses.replace(point(1), y=5).sum == 6
    assert point(1).more is not point(1).more
    assert point.__match_args__ == ("x", "y", "tags", "more")


def test_the_first_instance_is_frozen_like_every_other() -> None:
    first = fresh()(1)
    for change in (lambda: setattr(first, "x", 2), lambda: setattr(first, "z", 2), lambda: delattr(first, "x")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()


def test_a_wrong_call_is_refused_also_when_it_is_the_first() -> None:
    point = fresh()
    for _ in range(2):
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
            point()


def test_one_that_inherits_has_the_fields_of_both() -> None:
    @dataclass(frozen=True)
    class Base(Generic[T]):
        a: T

    @dataclass(frozen=True)
    class Derived(Base[int]):
        b: int = 2

    class Plain(Base[int]):
        """No value of its own."""

    assert [one.name for one in dataclasses.fields(Derived)] == ["a", "b"]
    assert Derived(1) == Derived(1, 2) and Derived(1) != Base(1)
    assert Plain(3).a == 3


def test_one_without_fields_of_its_own_and_one_that_looks_at_itself() -> None:
    @dataclass(frozen=True)
    class Base:
        a: int
        seen: ClassVar[list[int]] = []

        def __post_init__(self) -> None:
            self.seen.append(self.a)

    @dataclass(frozen=True)
    class Same(Base):
        """No field more."""

    assert (Same(3), hash(Same(3)), Same(3) == Base(3)) == (Same(a=3), hash(Same(3)), False)
    assert [one.name for one in dataclasses.fields(Same)] == ["a"] and Base.seen[0] == 3


def test_the_library_can_make_more_of_one() -> None:
    base = fresh()

    @dataclasses.dataclass(frozen=True)
    class Space(base):  # type: ignore[misc]
        z: int = 3

    assert dataclasses.asdict(Space(1)) == {"x": 1, "y": 2, "tags": (), "more": {}, "z": 3}
    assert Space(1) == Space(1, z=3) != Space(1, z=4)


def test_copies_are_equal_and_frozen() -> None:
    first = fresh()(1, more={"a": 1})
    again = copy.deepcopy(first)
    assert again == first and again.more is not first.more
    with pytest.raises(dataclasses.FrozenInstanceError):
        again.x = 2


def test_many_threads_that_use_it_first_all_get_whole_values() -> None:
    for _ in range(20):
        point, start, made = fresh(), threading.Barrier(4), []

        def make() -> None:
            start.wait(10)  # noqa: B023
            made.append(point(7))  # noqa: B023

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert made == [point(7)] * 4
