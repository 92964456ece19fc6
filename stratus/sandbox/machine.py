"""One played node: what its hypervisor, disks and network have, kept in its folder, and the real agent over them."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from stratus.drivers.disks.memory import MemoryDisks
from stratus.drivers.hypervisor.memory import MemoryHypervisor
from stratus.drivers.link.lines import Method
from stratus.drivers.network.memory import MemoryNetwork
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.drivers.queue.holder import Holder, is_dead
from stratus.drivers.queue.protocol import Claim
from stratus.errors import NodeUnreachable
from stratus.model.inspection import Space
from stratus.model.paths import NodePaths
from stratus.nodeagent.agent import Agent
from stratus.nodeagent.doors import Doors, Verifier
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from stratus.sandbox.kept import Kept
from stratus.sandbox.trouble import Died, Fault, Told, Trouble

log = logging.getLogger(__name__)


class Machine:
    """The node `name` in `folder`, which shares `images` with the front end: they lie in the folder `shelf`.

    Nothing is read or made before somebody calls it."""

    def __init__(self, name: str, folder: Path, shelf: Path, images: Verifier, trouble: Trouble | None = None) -> None:
        self.name, self.trouble = name, trouble or Trouble(name)
        self._folder, self._shelf, self._images = folder, shelf, images
        self._lock = threading.Lock()
        self._life: _Life | None = None
        self._died: set[str] = set()  # the tokens of claims whose agents died

    def methods(self) -> Mapping[str, Method]:
        """What the node's agent answers, whichever agent it is at that time."""
        return {name: partial(self._answer, name) for name in self._living().methods}

    def tell(self, told: Told | None) -> None:
        """Have a fault, or None. A machine that is started anew has none, but has lost what only its kernel had."""
        if told is None or told.fault is not Fault.REBOOT:
            self.trouble.tell(told)
            return
        with self._lock:
            self._end()
            self._hardware.lose_power()

    def _answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.trouble.check_reachable()
        life = self._living()
        try:
            answer = life.methods[method](params)
        except Died:
            raise NodeUnreachable(
                f"{self.name}: the agent ended", hint="it is started again by the next call"
            ) from None
        self.trouble.check_reachable()
        if method == "submit":
            life.set_to_work()
        return answer

    @cached_property
    def _hardware(self) -> "_Hardware":
        """Asked for with the lock in hand."""
        (self._folder / "instances").mkdir(mode=0o711, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            (self._folder / "images").symlink_to(self._shelf)
        return _Hardware(Kept(self._folder / "machine"), self.trouble)

    def _living(self) -> "_Life":
        with self._lock:
            if self._life is None:
                self._life = self._born()
            return self._life

    def _born(self) -> "_Life":
        def has_died(holder: Holder) -> bool:
            return holder.token in self._died or is_dead(holder)

        own = self._hardware
        paths = NodePaths(str(self._folder))
        doors = Doors(own.hypervisor, own.disks, own.network, self._images, paths.state_dir, self._statvfs)
        return _Life(paths, doors, own.boot, has_died, self.trouble, self._bury)

    def _bury(self, life: "_Life") -> None:
        with self._lock:
            if self._life is life:
                self._end()

    def _end(self) -> None:
        if self._life is not None:
            self._died |= self._life.end()
            self._life = None

    def _statvfs(self, path: Path) -> os.statvfs_result:
        real = os.statvfs(path)
        if not self.trouble.has(Fault.DISK_FULL):
            return real
        fields = list(real)
        fields[3] = fields[4] = 0  # f_bfree, f_bavail
        return os.statvfs_result(fields)


class _Hardware:
    """What a node has whether or not its agent lives."""

    def __init__(self, kept: Kept, trouble: Trouble) -> None:
        self.hypervisor = MemoryHypervisor(tables=kept.table)
        self.disks = _Disks(kept, trouble)
        self.network = MemoryNetwork(tables=kept.table)
        self._boots = kept.table("boots")

    @property
    def boot(self) -> str:
        """Which life of the machine this is."""
        return f"boot {self._boots.get('last', 0)}"

    def lose_power(self) -> None:
        """Be started anew."""
        self.hypervisor.lose_power()
        self.network.lose_power()
        self._boots["last"] = self._boots.get("last", 0) + 1


class _Disks(MemoryDisks):
    """Disks that may be full."""

    def __init__(self, kept: Kept, trouble: Trouble) -> None:
        super().__init__(has_base=os.path.exists, tables=kept.table)
        self._trouble = trouble

    def space(self, directory: str) -> Space:
        """See the protocol."""
        return replace(self.left, free_mib=0) if self._trouble.has(Fault.DISK_FULL) else self.left


class _Life:
    """The life of one agent: of its process, as it were. Whatever it does is seen here first."""

    def __init__(
        self,
        paths: NodePaths,
        doors: Doors,
        boot: str,
        has_died: Callable[[Holder], bool],
        trouble: Trouble,
        died: Callable[["_Life"], None],
    ) -> None:
        self._trouble, self._died = trouble, died
        self._over = False
        self._tokens: set[str] = set()
        self._lock = threading.Lock()
        self._works = False
        inbox, outbox = (
            DirQueue(f"{paths.queues}/{name}", archive_keep=0, sync=_no_sync, has_died=has_died)
            for name in ("inbox", "outbox")
        )
        self._inbox = inbox
        watched = Doors(
            self._watched("hypervisor", doors.hypervisor),
            self._watched("disks", doors.disks),
            self._watched("network", doors.network),
            self._watched("images", doors.images),
            state_dir=doors.state_dir,
            statvfs=doors.statvfs,
        )
        watched_inbox, watched_outbox = (self._watched("queue", queue) for queue in (inbox, outbox))
        journal = self._watched("journal", Journal(paths.journal, boot=lambda: boot, sync=_no_sync))
        self._worker = Worker(watched_inbox, watched_outbox, journal, watched)
        self.methods = Agent(paths, watched, watched_inbox, watched_outbox, self._worker, sync=_no_sync).methods()
        self.set_to_work()

    def set_to_work(self) -> None:
        """Have somebody carry out what the inbox holds; an agent without work keeps no thread."""
        with self._lock:
            if self._works or not self._inbox.bodies(limit=1):
                return
            self._works = True
        threading.Thread(target=self._work, name="worker", daemon=True).start()

    def end(self) -> set[str]:
        """It is over: nothing that is still under way does anything more. Gives the tokens of its claims."""
        self._over = True
        self._worker.wake()
        return self._tokens

    def _work(self) -> None:
        try:
            while True:
                self._worker.work(lambda: True)
                with self._lock:
                    if not self._inbox.bodies(limit=1):
                        self._works = False
                        return
        except Died:
            log.info("an agent died at its work")
        except Exception:  # as on a real node, where the next agent takes over
            log.exception("an agent died at its work")
            self._died(self)

    def _watched(self, part: str, door: Any) -> Any:
        return _Watched(door, partial(self._before, part), self._tokens)

    def _before(self, part: str, method: str) -> None:
        if self._over:
            raise Died
        try:
            self._trouble.meet(part, method)
        except Died:
            self._died(self)
            raise
        if self._over:  # it was waited for
            raise Died


class _Watched:
    """A door whose every call is announced before it is made; the tokens of claims in hand are noted."""

    def __init__(self, door: Any, before: Callable[[str], None], tokens: set[str]) -> None:
        self._door, self._before, self._tokens = door, before, tokens

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._door, name)

        def announced(*args: Any, **options: Any) -> Any:
            self._before(name)
            result = method(*args, **options)
            if isinstance(result, Claim):
                self._tokens.add(result.token)
            elif name in ("finish", "release") and isinstance(args[0], Claim):
                self._tokens.discard(args[0].token)
            return result

        return announced


def _no_sync(descriptor: int) -> None:
    """A sandbox survives kills, which syncs have nothing to do with; no power cut is worth waiting for here."""
