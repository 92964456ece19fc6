"""The link door: one open channel from the front end to a node's agent.

On the wire, one JSON object a line: {"id", "method", "params", "timeout_s"} there, {"id", "result"} or
{"id", "error": {"code", "message", "hint"}} back. Answers may come in another order than the calls.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from stratus.model.guest import GuestLogin, KeyPair
from stratus.model.node import HostKey, Login, Ran


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


class Shell(Protocol):
    """An open session on another machine, as whoever administers it."""

    def run(
        self, argv: Sequence[str], *, input: bytes = b"", say: Callable[[str], None], timeout_s: float = 60.0
    ) -> Ran:
        """Run a program there; each line that it says on standard error is told at once. Its status may be any.

        Raises NodeUnreachable when the connection broke, DeadlineExceeded."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class Machines(Protocol):
    """Other machines, as they are reached before there is an agent and beside it, and what is known of them here."""

    def public_key(self) -> str:
        """The front end's own key, which opens agents and nothing else. Raises NotFound."""
        ...

    def shown(self, host: str, port: int) -> HostKey:
        """The key that the machine shows now, unproved. Raises NodeUnreachable."""
        ...

    def pinned(self, node: str) -> tuple[HostKey, ...]:
        """The keys that are trusted for a node. Raises BadInput for what cannot be a node's name."""
        ...

    def pin(self, node: str, key: HostKey) -> None:
        """Trust this key, and it alone, as the node's."""
        ...

    def unpin(self, node: str) -> None:
        """Trust no key as the node's any more."""
        ...

    def log_in(self, login: Login, key: HostKey) -> Shell:
        """A session with the machine that has this host key, with the administrator's own keys or password.

        Raises NodeUnreachable."""
        ...


class Guests(Protocol):
    """Instances over SSH, with the keys of who runs them."""

    def log_in(self, login: GuestLogin) -> Shell:
        """A session in a guest. Its host key is pinned by the first one. Who is not let in tries again for a while: an
        SSH server may answer before the guest has the user's key. Raises NodeUnreachable."""
        ...

    def new_key(self, comment: str) -> KeyPair:
        """A new pair of SSH keys."""
        ...
