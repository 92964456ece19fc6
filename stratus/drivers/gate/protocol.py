"""The gate door: the front end of a cloud on another machine, as a user of it comes in."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from stratus.model.endpoint import Endpoint
    from stratus.model.instance import Instance
    from stratus.model.node import HostKey
    from stratus.model.requests import Request
    from stratus.model.wire import Welcome

T = TypeVar("T")
Progress = Callable[[str, int, int], None]  # a phase, how much of it is done, of how much (0: unknown)
Waited = Callable[[str, "Instance", float], None]  # a phase, the instance that is in it, how long


class Gate(Protocol):
    """The way in. Opened by the first call; one request at a time. After trouble it stays shut."""

    def welcome(self) -> "Welcome":
        """Who the front end takes the user for, and what its site is like.

        Raises GateUnreachable, Denied (no key of the user's opens it, or the host key is not the known one), or
        StratusError (the releases are too far apart), each with the cause and what to do."""
        ...

    def perform(self, request: "Request[T]", progress: Progress, waited: Waited) -> T:
        """The front end's answer. Raises its error as the same kind here, and what `welcome` raises."""
        ...

    def upload(self, path: str, progress: Progress) -> str:
        """The place on the front end where the file's content is, until the gate is closed.

        Raises NotFound or BadInput for a file that cannot be read, or the front end's error."""
        ...

    def attach(self, words: Sequence[str]) -> int:
        """Give this terminal to what the gate does for these words (`console 12`), until it ends; gives its status."""
        ...

    def stream(self, words: Sequence[str]) -> tuple[str, ...]:
        """The command line of a program whose input and output are what the gate gives for these words."""
        ...

    def close(self) -> None:
        """Let go of it. May be called again; what the front end has accepted goes on there."""
        ...


class Gates(Protocol):
    """All gates, as they can be reached from this machine, and which of them are known here."""

    def gate(self, endpoint: "Endpoint", key: str, *, timeout_s: float) -> Gate:
        """The gate there; `key` is the private key's file, or "" for ssh's own choice. Opens no connection yet."""
        ...

    def shown(self, endpoint: "Endpoint", *, timeout_s: float) -> "HostKey":
        """The host key that it shows now, unproved; none of the user's keys is shown to it. Raises GateUnreachable."""
        ...

    def pinned(self, endpoint: "Endpoint") -> "HostKey | None":
        """The host key that is trusted as this gate's. Raises ConfigError for a file that cannot be read."""
        ...

    def pin(self, endpoint: "Endpoint", key: "HostKey") -> None:
        """Trust this key, and it alone, as the gate's. May be repeated."""
        ...
