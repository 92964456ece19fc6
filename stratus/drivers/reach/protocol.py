"""The reach door: whether a guest answers on the network."""

from typing import Protocol


class Reach(Protocol):
    """Guests as the front end's network sees them."""

    def ssh_answers(self, address: str, *, timeout_s: float) -> bool:
        """Whether an SSH server at `address` sends its banner within `timeout_s`. Never raises."""
        ...
