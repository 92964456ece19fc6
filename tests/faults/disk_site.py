"""A whole cloud whose state is in files, so that one process after another can be it, and die: the real actions,
SQLite ledger, agent, worker, journal and directory queues; hypervisor, disks and network in memory, kept in a file."""

import functools
import itertools
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from stratus.actions import dispatch, records
from stratus.actions.node import enroll
from stratus.actions.perform import perform
from stratus.cloud import Cloud, Links, Settings
from stratus.drivers.disks.memory import MemoryDisks
from stratus.drivers.images.memory import MemoryImageStore
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.link.memory import Fault, MemoryLink
from stratus.drivers.network.memory import MemoryNetwork
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.drivers.reach.memory import MemoryReach
from stratus.model.addresses import address_classes
from stratus.model.machine_type import STRATUSLAB_TYPES
from stratus.model.paths import NodePaths
from stratus.model.requests import EnrolRequest, ImportImageRequest
from stratus.nodeagent.agent import Agent
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from tests.faults.points import Points
from tests.memory_cloud import ALICE, MoodyHypervisor

NODE = "node1"
QUEUE_CALLS = ("put", "claim", "finish", "release", "touch", "remove")
JOURNAL_CALLS = ("begin", "finish", "undo", "end", "saw")


class Hypervisor(MoodyHypervisor):
    """Counts how often each domain was really powered on or reset, and what was made known anew."""

    def __init__(self) -> None:
        super().__init__()
        self.boots: dict[str, int] = {}

    def start(self, name: str) -> None:
        was_off = self.domains()[name].power.value != "running"
        super().start(name)
        if was_off:
            self.boots[name] = self.boots.get(name, 0) + 1

    def reboot(self, name: str, *, hard: bool = False) -> None:
        super().reboot(name, hard=hard)
        self.boots[name] = self.boots.get(name, 0) + 1


class DiskSite:
    """The cloud below `folder` as this process opens it at `now_s`; `broken` is why no guest starts, if none does."""

    def __init__(
        self,
        folder: Path,
        points: Points | None = None,
        *,
        now_s: float = 1000.0,
        broken: str = "",
        cut_off: bool = False,
    ) -> None:
        self.folder, points = folder, points or Points()
        clock: Callable[[], float] = functools.partial(next, itertools.count(now_s, 0.001))
        self.hypervisor, self.disks, self.network = Hypervisor(), MemoryDisks(), MemoryNetwork()
        self.hypervisor.broken = broken
        doors = Doors(
            _Kept(self.hypervisor, folder / "hypervisor", points, "define start shut_down destroy reboot undefine"),
            _Kept(self.disks, folder / "disks", points, "make_directory clone make write_context write_record remove"),
            _Kept(self.network, folder / "network", points, "ensure plug unplug remove"),
            images(),
            str(folder.parent),  # a copy has the paths of the site that it was copied from
        )
        paths = NodePaths(str(folder / "node"))
        Path(paths.queues).mkdir(parents=True, exist_ok=True)
        self.inbox, self.outbox = (
            DirQueue(f"{paths.queues}/{name}", archive_keep=0, clock=clock, sync=points.sync)
            for name in ("inbox", "outbox")
        )
        self.journal = Journal(paths.journal)
        queues = [points.guard(queue, *QUEUE_CALLS) for queue in (self.inbox, self.outbox)]
        journal = points.guard(self.journal, *JOURNAL_CALLS)
        self.worker = Worker(*queues, journal, doors, clock=clock, pool=AtOnce)
        link = MemoryLink(Agent(paths, doors, *queues, self.worker).methods(), sleep=lambda seconds: None)
        link.fault = Fault.UNREACHABLE if cut_off else None
        self.ledger = SqliteLedger(folder / "ledger.sqlite", clock=clock)
        self.cloud = Cloud(
            ledger=points.guard(self.ledger, "commit", "acquire", "release"),
            images=images(),
            appliances=None,  # type: ignore[arg-type]
            links=Links(lambda node: points.guard(link, "call")),
            reach=MemoryReach(),
            settings=Settings(
                types={kind.name: kind for kind in STRATUSLAB_TYPES},
                default_type="m1.small",
                networks=address_classes({"nat": "True", "nat_network": "172.30.16.0"}),
            ),
            clock=clock,
            monotonic=clock,
            pause=lambda seconds: None,
        )

    def install(self) -> None:
        """The node enrolled, and the image called tiny."""
        enroll(self.cloud, EnrolRequest(NODE, way="memory"))
        perform(self.cloud, ImportImageRequest("/images/tiny.img", "tiny"), ALICE)

    def work(self) -> None:
        """The agent's life: all that the inbox holds."""
        self.worker.work(may_stop=lambda: True)

    def dispatch(self) -> None:
        """A dispatcher's life: orders out, reports in, a look at the node."""
        dispatch.once(self.cloud)

    def is_quiet(self) -> bool:
        """Whether nothing is under way any more."""
        waits = self.inbox.bodies(limit=1) or self.outbox.bodies(limit=1)
        return not waits and not records.orders(self.ledger)

    def close(self) -> None:
        """Let go of the ledger."""
        self.cloud.close()


@functools.cache
def images() -> MemoryImageStore:
    """The images of front end and node, which nothing here changes."""
    return MemoryImageStore({"/images/tiny.img": b"\0" * 4096})


class AtOnce(Executor):
    """A pool of no threads: what is handed in is done before `submit` returns."""

    def __init__(self, threads: int = 0) -> None:
        super().__init__()

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class _Kept:
    """A door in memory whose state outlives the process; a point before each change, and one when it has happened."""

    def __init__(self, door: Any, path: Path, points: Points, changes: str) -> None:
        self._door, self._path, self._points, self._changes = door, path, points, changes.split()
        if path.exists():
            vars(door).update(pickle.loads(path.read_bytes()))

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._door, name)
        if name not in self._changes:
            return method
        what = f"{type(self._door).__name__}.{name}"
        return lambda *args, **options: self._points.around(what, lambda: self._keep(method(*args, **options)))

    def _keep(self, result: Any) -> Any:
        state = {name: value for name, value in vars(self._door).items() if isinstance(value, dict | set)}
        self._path.write_bytes(pickle.dumps(state))
        return result
