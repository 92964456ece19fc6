"""Killing a cloud at a chosen point, and letting it settle. One crash can be repeated by hand:

    python -m tests.faults.crash SCENE LIFE POINT [WHO POINT]

LIFE counts the processes of a scene from 0: those that ask, the agent, the dispatcher. With WHO (0: the agent, 1: the
dispatcher) there is a second crash while the cloud settles.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stratus.actions.perform import perform
from stratus.errors import StratusError
from stratus.model import requests
from tests.faults.disk_site import DiskSite
from tests.faults.points import KILLED, Points
from tests.faults.whole import whole
from tests.memory_cloud import ALICE, CONTEXT

ONE = ("1",)
RUN = requests.RunRequest("tiny", CONTEXT, ram_mib=64, swap_mib=1, volatile_gib=1)
KILL, START = requests.KillRequest(ONE), requests.StartRequest(ONE)
STOP, SHUTDOWN = requests.StopRequest(ONE, force=True), requests.ShutdownRequest(ONE)
REBOOT = requests.RebootRequest(ONE, hard=True)
LIFE_S = 100.0  # so much later begins each life: leases and claims of the one before are over
ROUNDS = 8
SERVANTS = (DiskSite.work, DiskSite.dispatch)


@dataclass(frozen=True)
class Scene:
    """What was there before, and what is asked for; then agent and dispatcher live once each."""

    asks: tuple[object, ...]
    before: tuple[object, ...] = ()
    broken: str = ""
    cut_off: bool = False  # the node does not answer those who ask

    @property
    def lives(self) -> int:
        """How many processes live, one after another."""
        return len(self.asks) + 2


SCENES = {
    "run": Scene((RUN,)),
    "two": Scene((requests.RunRequest("tiny", CONTEXT, ram_mib=64, count=2),)),
    "fail": Scene((RUN,), broken="no emulator here"),
    "kill": Scene((KILL,), (RUN,)),
    "stop": Scene((STOP,), (RUN,)),
    "start": Scene((START,), (RUN, STOP)),
    "fail-to-start": Scene((START,), (RUN, STOP), broken="no emulator here"),
    "reboot": Scene((REBOOT,), (RUN,)),
    "shutdown": Scene((SHUTDOWN,), (RUN,)),
    "kill-stopped": Scene((KILL,), (RUN, STOP)),
    "kill-at-once": Scene((RUN, KILL)),
    "kill-unsent": Scene((RUN, KILL), cut_off=True),
    "one-after-another": Scene((STOP, KILL), (RUN,)),
}


class Stage:
    """One scene below a folder: the cloud as it is before each life, to be copied as often as it is killed."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name, self.scene = name, SCENES[name]
        self._folder, self._copies = folder / name, 0
        self.before = [self._folder / f"before-{life}" for life in range(self.scene.lives)]
        self.before[0].mkdir(parents=True)
        site = DiskSite(self.before[0])
        site.install()
        site.close()
        for number, request in enumerate(self.scene.before):
            _in_site(
                self.before[0], 2000.0 + 1000.0 * number, lambda site, asked=request: perform(site.cloud, asked, ALICE)
            )
            settle(self.before[0], 2100.0 + 1000.0 * number)
        self.names = [self._calm(life) for life in range(self.scene.lives)]  # of the points of each life

    def points(self) -> list[tuple[int, int]]:
        """All crashes: (life, point)."""
        return [(life, point) for life, names in enumerate(self.names) for point in range(len(names))]

    def crash(self, life: int, point: int, *again: int) -> list[str]:
        """What is wrong after a kill at this point of this life, and after a second one (`again`: who, point)."""
        folder = self._new()
        shutil.copytree(self.before[life], folder)
        try:
            assert self._live(folder, life, Points(point)) in (0, KILLED)
            if again:
                who, second = SERVANTS[again[0]], Points(again[1])
                assert _fork(lambda: _in_site(folder, 8000.0, who, second, broken=self.scene.broken)) in (0, KILLED)
            return settle(folder, 9000.0, broken=self.scene.broken)
        finally:
            shutil.rmtree(folder)

    def _calm(self, life: int) -> list[str]:
        """Live this life to its end, to where the next one begins: the names of its points."""
        target = self.before[life + 1] if life + 1 < self.scene.lives else self._new()
        shutil.copytree(self.before[life], target)
        told = self._folder / "names"
        points = Points()

        def live() -> None:
            self._deed(life)(target, points)
            told.write_text("\n".join(points.passed))

        assert _fork(live) == 0, f"{self.name}: life {life} does not end well"
        return told.read_text().split("\n")

    def _live(self, folder: Path, life: int, points: Points) -> int:
        return _fork(lambda: self._deed(life)(folder, points))

    def _deed(self, life: int) -> Callable[[Path, Points], None]:
        scene, now_s = self.scene, 5000.0 + LIFE_S * life

        def live(folder: Path, points: Points) -> None:
            def deed(site: DiskSite) -> None:
                if life < len(scene.asks):
                    perform(site.cloud, scene.asks[life], ALICE)  # type: ignore[type-var]
                else:
                    SERVANTS[life - len(scene.asks)](site)

            cut_off = scene.cut_off and life < len(scene.asks)
            _in_site(folder, now_s, deed, points, broken=scene.broken, cut_off=cut_off)

        return live

    def _new(self) -> Path:
        self._copies += 1
        return self._folder / f"copy-{self._copies}"


def settle(folder: Path, now_s: float, *, broken: str = "") -> list[str]:
    """Let agent and dispatcher live until nothing is under way; what is wrong then."""
    for number in range(ROUNDS):
        site = DiskSite(folder, now_s=now_s + LIFE_S * number, broken=broken)
        try:
            site.work()
            site.dispatch()
            if site.is_quiet():
                return whole(site)
        finally:
            site.close()
    return ["it does not come to rest"]


def _in_site(
    folder: Path, now_s: float, deed: Callable[[DiskSite], object], points: Points | None = None, **options: object
) -> None:
    if points is not None:
        points.watch_files(folder)
    site = DiskSite(folder, points, now_s=now_s, **options)  # type: ignore[arg-type]
    deed(site)
    site.close()


def _fork(deed: Callable[[], object]) -> int:
    """The exit status of a process that does it."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            deed()
            status = 0
        except StratusError as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(words: list[str]) -> int:
    """Repeat one crash, and say what it was and what is wrong after it."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), words[0])
        life, point, *again = map(int, words[1:])
        names = stage.names[life]
        print(f"{words[0]}: life {life}, point {point} of {len(names)}: {names[point]}")
        wrong = stage.crash(life, point, *again)
    print("\n".join(wrong) or "whole")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
