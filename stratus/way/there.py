"""The way to a cloud through its gate, from any machine."""

import shlex
from collections.abc import Callable
from functools import cached_property
from typing import TypeVar

from stratus.drivers.gate.protocol import Gate
from stratus.model.console import expect_console
from stratus.model.instance import Instance
from stratus.model.requests import DescribeRequest, Request
from stratus.model.wire import Site
from stratus.way.protocol import Progress, Waited
from stratus.way.seen import Names, note_answer, note_site

T = TypeVar("T")
_SSH_PORT = 22


class There:
    """A gate, and what the front end behind it said of itself."""

    def __init__(self, gate: Gate, names: Names) -> None:
        self.gate = gate
        self._names = names

    @cached_property
    def site(self) -> Site:
        """As Way.site."""
        site = self.gate.welcome().site
        note_site(self._names, site)
        return site

    def perform(self, request: Request[T], progress: Progress, waited: Waited) -> T:
        """As Way.perform."""
        answer = self.gate.perform(request, progress, waited)
        note_answer(self._names, request, answer)
        return answer

    def bring(self, path: str, progress: Progress) -> str:
        """As Way.bring: sent along."""
        return self.gate.upload(path, progress)

    def console(self, target: str, say: Callable[[], None]) -> int:
        """As Way.console. Raises what the console would, before the terminal is given away."""
        (view,) = self.gate.perform(DescribeRequest((target,)), _silent, _silent)
        expect_console(view.instance)
        say()
        return self.gate.attach(("console", str(view.instance.id)))

    def ssh_options(self, instance: Instance) -> tuple[str, ...]:
        """As Way.ssh_options: the gate's tunnel in place of a connection to the address."""
        line = self.gate.stream(("tunnel", str(instance.id), str(_SSH_PORT)))
        # ssh gives this to a shell, after it has replaced what follows a percent sign.
        return ("-o", f"ProxyCommand={shlex.join(line)}".replace("%", "%%"))

    def close(self) -> None:
        """As Way.close."""
        self.gate.close()


def _silent(*_: object) -> None:
    """Say nothing."""
