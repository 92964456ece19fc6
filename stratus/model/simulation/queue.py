"""Who waits for room: in the order of arrival, past those who do not fit, but nobody for ever. Pure.

What does not fit lets smaller ones pass, so that no room lies idle. But for whoever has waited longest, and long
enough, a node is held: the emptiest of those that would take it if nothing else were there. Nothing else new goes
there, so that the node gets no fuller, and as its instances end there is room."""

from collections import deque
from collections.abc import Sequence

from stratus.model.placement import Need
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Waiting:
    """One that waits."""

    number: int  # by arrival
    need: Need
    since_s: float
    lasts_s: float


class Queue:
    """Those that wait, and in which order they are asked. What is alike is asked once."""

    def __init__(self) -> None:
        self._alike: dict[Need, deque[Waiting]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def join(self, one: Waiting) -> None:
        """Wait behind all others."""
        self._alike.setdefault(one.need, deque()).append(one)
        self._count += 1

    def leave(self, one: Waiting) -> None:
        """Wait no more."""
        alike = self._alike[one.need]
        alike.remove(one)
        self._count -= 1
        if not alike:
            del self._alike[one.need]

    def heads(self) -> Sequence[Waiting]:
        """The first of each kind, by their arrival."""
        return sorted((alike[0] for alike in self._alike.values()), key=lambda one: one.number)

    def __contains__(self, one: object) -> bool:
        return isinstance(one, Waiting) and one in self._alike.get(one.need, ())
