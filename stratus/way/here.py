"""The way to the cloud of this machine: its ledger is opened by the command itself."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from stratus.actions.perform import Listener, perform

if TYPE_CHECKING:
    from stratus.cloud import Cloud
    from stratus.model.instance import Instance
    from stratus.model.requests import Actor, Request
    from stratus.model.wire import Site
    from stratus.way.protocol import Progress, Waited

T = TypeVar("T")


class Here:
    """The cloud itself, and who acts on it."""

    def __init__(self, cloud: "Callable[[], Cloud]", actor: "Callable[[], Actor]") -> None:
        self._cloud = cloud
        self._actor = actor

    @cached_property
    def site(self) -> "Site":
        """As Way.site."""
        return self._cloud().settings.site

    def perform(self, request: "Request[T]", progress: "Progress", waited: "Waited") -> T:
        """As Way.perform."""
        return perform(self._cloud(), request, self._actor(), Listener(progress, waited))

    def bring(self, path: str, progress: "Progress") -> str:
        """As Way.bring: it is there already."""
        return path

    def console(self, target: str, say: Callable[[], None]) -> int:
        """As Way.console."""
        from stratus.actions.console import console

        return console(self._cloud(), self._actor(), target, say)

    def ssh_options(self, instance: "Instance") -> tuple[str, ...]:
        """As Way.ssh_options: none."""
        return ()

    def close(self) -> None:
        """As Way.close: whoever opened the cloud closes it."""
