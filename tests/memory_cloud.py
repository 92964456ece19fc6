"""A whole cloud in one process: the real actions, ledger rules, agent and worker over the memory doors."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from stratus.actions.node import enroll
from stratus.actions.perform import Listener, perform
from stratus.cloud import Cloud, Links, Settings
from stratus.drivers.disks.memory import MemoryDisks
from stratus.drivers.hypervisor.memory import MemoryHypervisor
from stratus.drivers.images.memory import MemoryImageStore
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.ledger.protocol import Ledger
from stratus.drivers.link.memory import MemoryLink
from stratus.drivers.network.memory import MemoryNetwork
from stratus.drivers.queue.memory import MemoryQueue
from stratus.drivers.queue.protocol import Queue
from stratus.drivers.reach.memory import MemoryReach
from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.model.addresses import address_classes
from stratus.model.context.values import ContextRequest
from stratus.model.domain import DomainOutline, DomainSpec, DomainStatus
from stratus.model.image import ImageEntry
from stratus.model.machine_type import STRATUSLAB_TYPES
from stratus.model.node import Node
from stratus.model.paths import NodePaths
from stratus.model.requests import Actor, EnrolRequest, ImportImageRequest, RunRequest
from stratus.model.role import Role
from stratus.nodeagent.agent import Agent
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker

ALICE, BOB, ROOT = Actor("alice"), Actor("bob"), Actor("root", Role.ADMIN)
ALICE_AT_HOME = Actor("alice", Role.ADMIN)  # on the front end itself; what she brings in there is the site's
CONTEXT = ContextRequest()


class Sources(dict[str, bytes]):
    """Where images come from: what it was given, and the files of this machine, unless `broken` says why not."""

    broken = ""

    def __missing__(self, place: str) -> bytes:
        if self.broken:
            raise CommandFailed(self.broken)
        if not os.path.isfile(place):
            raise KeyError(place)
        return Path(place).read_bytes()


class MoodyHypervisor(MemoryHypervisor):
    """A hypervisor whose guests ignore the power button, whose next start fails, or that hangs or is mute, when told so."""

    stubborn = False
    broken = ""
    hung = ""
    mute = False

    def domains(self) -> dict[str, DomainStatus]:
        self._check("list the domains")
        return super().domains()

    def define(self, spec: DomainSpec) -> str:
        self._check(f"define {spec.name}")
        return super().define(spec)

    def destroy(self, name: str) -> None:
        self._check(f"destroy {name}")
        super().destroy(name)

    def undefine(self, name: str) -> None:
        self._check(f"undefine {name}")
        super().undefine(name)

    def _check(self, what: str) -> None:
        if self.hung:
            raise DeadlineExceeded(f"{what}: the hypervisor did not answer within 6 s", hint=self.hung)

    def outlines(self) -> dict[str, DomainOutline]:
        if self.mute:
            raise CommandFailed("cannot connect to the hypervisor")
        return super().outlines()

    def shut_down(self, name: str) -> None:
        if not self.stubborn:
            super().shut_down(name)

    def start(self, name: str) -> None:
        if self.broken:
            raise CommandFailed(self.broken)
        super().start(name)


@dataclass
class MemoryNode:
    """One node: the real agent and worker over memory doors."""

    name: str
    folder: Path
    images: MemoryImageStore
    hypervisor: MoodyHypervisor = field(default_factory=MoodyHypervisor)
    disks: MemoryDisks = field(default_factory=MemoryDisks)
    network: MemoryNetwork = field(default_factory=MemoryNetwork)
    queue: Callable[[str], Queue] = lambda path: MemoryQueue()
    clock: Callable[[], float] = time.time
    pool: Callable[[int], Executor] = ThreadPoolExecutor

    def __post_init__(self) -> None:
        paths = NodePaths(str(self.folder))
        self.inbox, self.outbox = (self.queue(f"{paths.queues}/{name}") for name in ("inbox", "outbox"))
        doors = Doors(self.hypervisor, self.disks, self.network, self.images, paths.state_dir)
        self.worker = Worker(self.inbox, self.outbox, Journal(paths.journal), doors, self.clock, self.pool)
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self.worker.work, args=(self.closed.is_set,), daemon=True)
        self.thread.start()
        self.agent = Agent(paths, doors, self.inbox, self.outbox, self.worker, self.clock)
        self.link = MemoryLink(self.agent.methods())

    def close(self) -> None:
        self.closed.set()
        self.worker.wake()
        self.thread.join(5)


@dataclass
class MemoryCloud:
    """The cloud, its nodes, and an image called tiny."""

    folder: Path
    node_names: tuple[str, ...] = ("node1",)
    keys: Mapping[str, str] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=MemoryLedger)
    queue: Callable[[str], Queue] = lambda path: MemoryQueue()
    clock: Callable[[], float] = time.time
    pool: Callable[[int], Executor] = ThreadPoolExecutor  # in which a node's worker carries out orders

    def __post_init__(self) -> None:
        self.sources = Sources({"/images/tiny.img": b"\0" * 4096, "/images/other.img": b"\1" * 4096})
        self.images = MemoryImageStore(self.sources)
        self.reach = MemoryReach()
        self.nodes = {
            name: MemoryNode(name, self.folder / name, self.images, queue=self.queue, clock=self.clock, pool=self.pool)
            for name in self.node_names
        }
        settings = Settings(
            types={kind.name: kind for kind in STRATUSLAB_TYPES},
            default_type="m1.small",
            networks=address_classes({"nat": "True", "nat_network": "172.30.16.0", **self.keys}),
        )
        self.cloud = Cloud(
            ledger=self.ledger,
            images=self.images,
            appliances=None,  # type: ignore[arg-type]
            links=Links(self._link),
            reach=self.reach,
            settings=settings,
            clock=self.clock,
        )
        for name in self.node_names:
            enroll(self.cloud, EnrolRequest(name, way="memory"))
        self.image: ImageEntry = self.perform(ImportImageRequest("/images/tiny.img", "tiny"), ALICE_AT_HOME)

    def _link(self, node: Node) -> MemoryLink:
        return self.nodes[node.name].link

    def perform(self, request, actor: Actor = ALICE, listener: Listener | None = None):  # type: ignore[no-untyped-def]
        return perform(self.cloud, request, actor, listener)

    def run(self, *, actor: Actor = ALICE, **wishes):  # type: ignore[no-untyped-def]
        """The instances of a run of tiny that was accepted."""
        wishes.setdefault("image", "tiny")
        wishes.setdefault("ram_mib", 64)
        return self.perform(RunRequest(context=CONTEXT, **wishes), actor).instances

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()
        self.cloud.close()
