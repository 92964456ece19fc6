"""Guests that answer when told to: for the memory cloud."""

from collections.abc import Container


class MemoryReach:
    """The reach door over a set of addresses; `answering` may be changed at any time."""

    def __init__(self, answering: Container[str] | None = None) -> None:
        self.answering: Container[str] | None = answering

    def ssh_answers(self, address: str, *, timeout_s: float) -> bool:
        """Whether `address` is among those that answer; with none given, every address does."""
        return self.answering is None or address in self.answering
