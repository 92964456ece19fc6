"""Way: what commands do with a cloud, wherever it is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from stratus.model.instance import Instance
    from stratus.model.requests import Request
    from stratus.model.wire import Site

T = TypeVar("T")
Progress = Callable[[str, int, int], None]  # a phase, how much of it is done, of how much (0: unknown)
Waited = Callable[[str, "Instance", float], None]  # a phase, the instance that is in it, how long


class Way(Protocol):
    """The way to one cloud. Opened by the first call."""

    @property
    def site(self) -> "Site":
        """What must be known of the cloud before it can be asked."""
        ...

    def perform(self, request: "Request[T]", progress: Progress, waited: Waited) -> T:
        """The answer. Raises what the request raises."""
        ...

    def bring(self, path: str, progress: Progress) -> str:
        """The place where the cloud finds the content of a file of this machine. Raises NotFound, BadInput."""
        ...

    def console(self, target: str, say: Callable[[], None]) -> int:
        """Give this terminal to an instance's console, after `say`; the status with which it was left."""
        ...

    def ssh_options(self, instance: "Instance") -> tuple[str, ...]:
        """What ssh must be told besides the address, to come to an instance from this machine."""
        ...

    def close(self) -> None:
        """Let go of what was opened. May be called again."""
        ...
