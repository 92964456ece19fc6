"""The queue door: a durable directory of work, at least once, with a box for what cannot be done."""

from typing import Protocol

from stratus.model.values import dataclass


@dataclass(frozen=True)
class Claim:
    """One element in hand. `tries` counts how often it was claimed, this time included.

    `token` tells this claim from every other of the same element; any thread or process that knows it may use it.
    `spent`: why it must not be tried any more; whoever has it in hand says so where it matters, and releases it."""

    name: str
    body: bytes
    tries: int
    token: str = ""
    spent: str = ""


@dataclass(frozen=True)
class Poisoned:
    """One element that was given up, with the reason of its last failure."""

    name: str
    body: bytes
    reason: str


class Queue(Protocol):
    """Elements in the order of their arrival (best effort). Used by several processes and threads at once."""

    def put(self, body: bytes) -> str:
        """Add one element; when this returns it has reached the disk. Gives its name."""
        ...

    def claim(self) -> Claim | None:
        """The oldest element that nobody has in hand, or None. A claim whose holder died, or did not touch it for
        `stale_s`, is free again. After `max_tries` it is given out as `spent`, so that whoever waits for it can be
        told, and when even that fails as often, it goes to the poison box."""
        ...

    def touch(self, claim: Claim) -> None:
        """Say that the claim is still being worked on. Raises Conflict if somebody else holds it by now."""
        ...

    def finish(self, claim: Claim) -> None:
        """Remove it for good; nothing happens if it is gone, or if somebody else holds it by now."""
        ...

    def release(self, claim: Claim, *, reason: str) -> None:
        """Give it back for another try; after `max_tries` it goes to the poison box with `reason`.

        Nothing happens if it is gone, or if somebody else holds it by now."""
        ...

    def bodies(self, *, limit: int) -> list[tuple[str, bytes]]:
        """Up to `limit` of the oldest elements, claimed or not, without claiming them: (name, body)."""
        ...

    def remove(self, name: str) -> None:
        """Remove an element that was read by `bodies`, by name, claimed or not; nothing happens if it is gone."""
        ...

    def give_up(self, name: str, *, reason: str) -> None:
        """Put an element that was read by `bodies` into the poison box, by name; nothing happens if it is gone."""
        ...

    def poisoned(self) -> list[Poisoned]:
        """What was given up, in the order of arrival. It stays there until an administrator takes it away."""
        ...

    def place(self, name: str) -> str:
        """Where an element will lie when it has been given up, as an administrator finds it."""
        ...

    def strays(self) -> list[tuple[str, str]]:
        """What lies in the queue and will never be worked on: (absolute path, why), by path. Changes nothing, and is
        cheap enough to be asked every few seconds."""
        ...
