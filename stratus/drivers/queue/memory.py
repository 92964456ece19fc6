"""A queue in memory: the sandbox's and the tests'; it has the same manners as the directory."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from stratus.drivers.queue.protocol import Claim, Poisoned
from stratus.errors import BadInput, Conflict
from stratus.model.values import dataclass

_SILENT = "its holder fell silent while it had the element in hand"


@dataclass(frozen=True)
class _Element:
    body: bytes
    tries: int = 0
    token: str = ""  # of the claim; "" = nobody has it in hand
    beat_s: float = 0.0
    reason: str = ""


class MemoryQueue:
    """Elements until the process ends. Safe to use from many threads.

    A holder's death cannot be seen here: its claim is free after `stale_s` without `touch`."""

    def __init__(self, *, stale_s: float = 60.0, max_tries: int = 3, clock: Callable[[], float] = time.time) -> None:
        self._stale_s = stale_s
        self._max_tries = max_tries
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._elements: dict[str, _Element] = {}  # oldest first
        self._given_up: dict[str, Poisoned] = {}

    def put(self, body: bytes) -> str:
        """Add one element; gives its name."""
        if not isinstance(body, bytes):
            raise BadInput(f"a queue carries bytes, not {type(body).__name__}")
        with self._lock:
            name = f"{next(self._numbers):012}"
            self._elements[name] = _Element(body)
            return name

    def claim(self) -> Claim | None:
        """The oldest element that nobody has in hand, or None; `spent` if it was tried too often."""
        with self._lock:
            for name, element in list(self._elements.items()):
                if element.token and 0 <= self._clock() - element.beat_s <= self._stale_s:
                    continue
                reason = _SILENT if element.token else element.reason
                if element.tries >= 2 * self._max_tries:
                    self._poison(name, reason)
                    continue
                token = f"{next(self._numbers)}"
                taken = replace(element, tries=element.tries + 1, token=token, beat_s=self._clock(), reason=reason)
                self._elements[name] = taken
                return Claim(name, taken.body, taken.tries, token, reason if element.tries >= self._max_tries else "")
            return None

    def touch(self, claim: Claim) -> None:
        """Say that the claim is still being worked on. Raises Conflict if somebody else holds it by now."""
        with self._lock:
            if not self._is_mine(claim):
                raise Conflict(f"{claim.name} is not in hand any more: it was finished, or given to somebody else")
            self._elements[claim.name] = replace(self._elements[claim.name], beat_s=self._clock())

    def finish(self, claim: Claim) -> None:
        """Remove it for good; nothing happens if it is gone, or if somebody else holds it by now."""
        with self._lock:
            if self._is_mine(claim):
                del self._elements[claim.name]

    def release(self, claim: Claim, *, reason: str) -> None:
        """Give it back for another try; after `max_tries` it goes to the poison box with `reason`."""
        with self._lock:
            if not self._is_mine(claim):
                return
            if claim.tries >= self._max_tries:
                self._poison(claim.name, reason)
            else:
                self._elements[claim.name] = replace(self._elements[claim.name], token="", reason=reason)

    def bodies(self, *, limit: int) -> list[tuple[str, bytes]]:
        """Up to `limit` of the oldest elements, claimed or not, without claiming them: (name, body)."""
        with self._lock:
            return [(name, element.body) for name, element in itertools.islice(self._elements.items(), max(0, limit))]

    def remove(self, name: str) -> None:
        """Remove an element that was read by `bodies`, by name; nothing happens if it is gone."""
        with self._lock:
            self._elements.pop(name, None)

    def give_up(self, name: str, *, reason: str) -> None:
        """Put an element that was read by `bodies` into the poison box; nothing happens if it is gone."""
        with self._lock:
            if name in self._elements:
                self._poison(name, reason)

    def poisoned(self) -> list[Poisoned]:
        """What was given up, in the order of arrival."""
        with self._lock:
            return [self._given_up[name] for name in sorted(self._given_up)]

    def place(self, name: str) -> str:
        """Where an element will lie when it has been given up."""
        return f"/memory/poison/{name}"

    def strays(self) -> list[tuple[str, str]]:
        """What was given up; nothing else gets in here."""
        return [(f"/memory/poison/{one.name}", f"it was given up: {one.reason}") for one in self.poisoned()]

    def _is_mine(self, claim: Claim) -> bool:
        element = self._elements.get(claim.name)
        return element is not None and bool(element.token) and element.token == claim.token

    def _poison(self, name: str, reason: str) -> None:
        self._given_up[name] = Poisoned(name, self._elements.pop(name).body, reason)
