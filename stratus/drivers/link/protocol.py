"""The link door: one open channel from the front end to a node's agent.

On the wire, one JSON object a line: {"id", "method", "params", "timeout_s"} there, {"id", "result"} or
{"id", "error": {"code", "message", "hint"}} back. Answers may come in another order than the calls.
"""

from collections.abc import Sequence
from typing import Any, Protocol


class Link(Protocol):
    """An open channel to one node. Thread-safe; opened by the first call, and again after it broke."""

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        """The agent's answer. Raises NodeUnreachable (cause and mend in it), DeadlineExceeded, or the agent's error
        as the same kind here."""
        ...

    def attach(self, argv: Sequence[str]) -> int:
        """Give this terminal to an agent sub-command on the node (`console 12`), until it ends; gives its status."""
        ...

    def close(self) -> None:
        """Close the channel. Work that the node has accepted goes on there."""
        ...
