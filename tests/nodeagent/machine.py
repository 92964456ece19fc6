"""A node's doors in memory, and a killer that stands at every one of them."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from stratus.drivers.disks.memory import MemoryDisks
from stratus.drivers.hypervisor.memory import MemoryHypervisor
from stratus.drivers.network.memory import MemoryNetwork
from stratus.errors import CommandFailed
from stratus.model.image import ImageFacts
from stratus.model.steps import Step
from stratus.nodeagent.deeds import DEEDS
from stratus.nodeagent.doors import Doors
from tests.model.samples import IMAGE

STATE_DIR = "/var/lib/stratus"


class Killed(BaseException):
    """The agent's process is gone."""


class Killer:
    """Counts the calls of what it guards, and kills before or after the one with number `at` (from 0)."""

    def __init__(self, at: int = -1, *, after: bool = False) -> None:
        self._at, self._after = at, after
        self._numbers = itertools.count()
        self.calls: list[str] = []

    def guard(self, thing: Any) -> Any:
        return _Guarded(thing, self)

    def pass_by(self, name: str, call: Callable[[], Any]) -> Any:
        number = next(self._numbers)
        self.calls.append(name)
        if number == self._at and not self._after:
            raise Killed(f"before {name}")
        try:
            return call()
        finally:
            if number == self._at:
                raise Killed(f"after {name}")


class _Guarded:
    def __init__(self, thing: Any, killer: Killer) -> None:
        self._thing, self._killer = thing, killer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._thing, name)
        return lambda *args, **options: self._killer.pass_by(name, lambda: method(*args, **options))


class Images:
    """The one image of the samples, as it was."""

    def get(self, identifier: str) -> ImageFacts | None:
        return IMAGE.facts if identifier == IMAGE.facts.identifier else None

    def verify(self, identifier: str) -> None:
        pass


class Hypervisor(MemoryHypervisor):
    """One whose next starts fail with `broken`, and which counts them."""

    broken: Exception | None = None
    starts = 0

    def start(self, name: str) -> None:
        self.starts += 1
        if self.broken:
            raise self.broken
        super().start(name)


class Machine:
    """Everything outside, and what is left of it."""

    def __init__(self) -> None:
        self.hypervisor, self.disks, self.network = Hypervisor(), MemoryDisks(), MemoryNetwork()
        self.images = Images()

    def doors(self, killer: Killer | None = None) -> Doors:
        guard = killer.guard if killer else lambda thing: thing
        return Doors(guard(self.hypervisor), guard(self.disks), guard(self.network), guard(self.images))

    def do(self, steps: Iterable[Step]) -> None:
        """What a node did before a test begins, without a journal."""
        for step in steps:
            DEEDS[type(step)].do(self.doors(), step)

    def break_start(self, error: Exception | None = None) -> None:
        self.hypervisor.broken = error or CommandFailed("no emulator here")

    def holds(self) -> dict[str, Any]:
        """What is on the machine, as a value."""
        return {
            "domains": {name: status.power.value for name, status in self.hypervisor.domains().items()},
            "files": sorted(self.disks.files),
            "folders": self.disks.directories(f"{STATE_DIR}/instances"),
            "ports": [port.tap for port in self.network.ports()],
        }


NOTHING = Machine().holds()
