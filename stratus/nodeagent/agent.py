"""The agent's methods, as the link calls them: orders in, reports out, and what the node is and sees."""

import base64
import json
import logging
import os
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stratus import __version__
from stratus.drivers.link.lines import Method
from stratus.drivers.queue.protocol import Queue
from stratus.durable import Sync
from stratus.errors import NotFound, StratusError
from stratus.model.codec import decode, encode
from stratus.model.image import ImageFacts
from stratus.model.node import Ailment
from stratus.model.order import Order
from stratus.model.paths import NodePaths
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.health import disk_ailments, queue_ailments
from stratus.nodeagent.holding import Holding
from stratus.nodeagent.life import boot_id
from stratus.nodeagent.look import Look
from stratus.nodeagent.worker import FALLBACK_S, Worker

log = logging.getLogger(__name__)
MAX_CONSOLE_BYTES = 4 * 1024 * 1024


class Agent:
    """One node's agent, in the process that an open channel talks to."""

    def __init__(
        self,
        paths: NodePaths,
        doors: Doors,
        inbox: Queue,
        outbox: Queue,
        worker: Worker,
        clock: Callable[[], float] = time.time,
        sync: Sync = os.fsync,
    ) -> None:
        self._paths, self._doors, self._inbox, self._outbox, self._worker = paths, doors, inbox, outbox, worker
        self._clock = clock
        self._holding = Holding(paths.hold, sync)

    def methods(self) -> Mapping[str, Method]:
        """Everything that may be called."""
        return {
            "ping": self.ping,
            "hello": self.hello,
            "submit": self.submit,
            "collect": self.collect,
            "acknowledge": self.acknowledge,
            "refuse": self.refuse,
            "sweep": self.sweep,
            "inspect": self.inspect,
            "console_text": self.console_text,
            "image_piece": self.image_piece,
            "image_drop": self.image_drop,
        }

    def ping(self, params: dict[str, Any]) -> dict[str, Any]:
        """That it is there, and in which epoch; a front end that shows its hold takes the node in hand."""
        if "hold" in params:
            with self._holding.shown(params["hold"]):
                pass
        return {"epoch": self._holding.held().epoch}

    def hello(self, params: dict[str, Any]) -> dict[str, Any]:
        """Who this is and what it has."""
        os.makedirs(self._paths.instances, mode=0o711, exist_ok=True)
        space = self._doors.statvfs(Path(self._paths.instances))
        return {
            "version": __version__,
            "hypervisor": encode(self._doors.hypervisor.facts()),
            "state_dir": self._paths.state_dir,
            "reflinks": self._doors.disks.reflinks(self._paths.instances),
            "disk_mib": space.f_frsize * space.f_blocks // (1024 * 1024),
        }

    def submit(self, params: dict[str, Any]) -> dict[str, Any]:
        """Accept orders; when this answers they are on the disk."""
        orders = [decode(Order, body) for body in params["orders"]]
        with self._holding.shown(params.get("hold")):
            for order in orders:
                self._inbox.put(json.dumps(encode(order)).encode())
        self._worker.wake()
        return {"accepted": len(orders)}

    def collect(self, params: dict[str, Any]) -> dict[str, Any]:
        """Reports that wait, oldest first; with `wait_s`, until there is one or the time is over."""
        with self._holding.shown(params.get("hold")):
            deadline = time.monotonic() + float(params.get("wait_s", 0.0))
        limit = int(params.get("limit", 100))
        while True:
            heard = self._worker.heard()
            reports = list(self._reports(limit))
            left_s = deadline - time.monotonic()
            if reports or left_s <= 0:
                return {"reports": reports}
            self._worker.wait(min(FALLBACK_S, left_s), heard)

    def acknowledge(self, params: dict[str, Any]) -> dict[str, Any]:
        """Forget reports that the front end has saved."""
        with self._holding.shown(params.get("hold")):
            for name in params["names"]:
                self._outbox.remove(str(name))
        return {}

    def refuse(self, params: dict[str, Any]) -> dict[str, Any]:
        """Put reports aside that the front end can make nothing of, so that they do not come again and again."""
        with self._holding.shown(params.get("hold")):
            for name, reason in params["reasons"].items():
                self._outbox.give_up(str(name), reason=str(reason))
        return {}

    def sweep(self, params: dict[str, Any]) -> dict[str, Any]:
        """All domains, from one call of the hypervisor (null: it cannot tell), what is wrong with this node,
        and in which life of the machine that is."""
        ailments = [*disk_ailments(self._paths, self._doors.statvfs), *queue_ailments(self._inbox, self._outbox)]
        try:
            domains = encode(self._doors.hypervisor.domains())
        except StratusError as error:
            domains = None
            ailments.insert(0, Ailment(f"libvirt does not answer: {error.message}", error.hint))
        return {"domains": domains, "ailments": encode(ailments), "boot": boot_id()}

    def inspect(self, params: dict[str, Any]) -> dict[str, Any]:
        """Everything that there is; records are sent of the instances that are not among the `known` ones."""
        known = {int(number) for number in params.get("known", ())}
        look = Look(self._paths, self._doors, (self._inbox, self._outbox), self._worker.journal)
        return {"inspection": encode(look.inspection(known, self._clock()))}

    def console_text(self, params: dict[str, Any]) -> dict[str, Any]:
        """The last bytes of what an instance's serial console printed, the rotated log before it included."""
        folder = Path(self._paths.instance(int(params["instance"])))
        wanted = min(int(params.get("last_bytes", 65536)), MAX_CONSOLE_BYTES)
        text = _tail(folder / "console.log", wanted)
        if text is None:
            raise NotFound(
                f"instance {params['instance']} has no console log on this node",
                hint=f"stratus describe -v {params['instance']}",
            )
        if len(text) < wanted:
            text = (_tail(folder / "console.log.0", wanted - len(text)) or b"") + text
        return {"text": text.decode("utf-8", errors="replace")}

    def image_piece(self, params: dict[str, Any]) -> dict[str, Any]:
        """Take a piece of an image that the front end sends: how much of it is here now, so that it goes on there."""
        piece = zlib.decompress(base64.b64decode(params["piece"]))
        with self._holding.shown(params.get("hold")):
            here = self._doors.images.receive(decode(ImageFacts, params["facts"]), int(params["offset"]), piece)
        return {"bytes": here}

    def image_drop(self, params: dict[str, Any]) -> dict[str, Any]:
        """Take an image away that the front end has deleted."""
        with self._holding.shown(params.get("hold")):
            self._doors.images.delete(str(params["identifier"]))
        return {}

    def _reports(self, limit: int) -> Iterator[list[Any]]:
        """What the outbox holds; what nobody could read is taken out of the way."""
        for name, body in self._outbox.bodies(limit=limit):
            try:
                yield [name, json.loads(body)]
            except (ValueError, RecursionError) as error:
                log.error("element %s of the outbox is no report: %s", name, error)
                self._outbox.remove(name)


def _tail(path: Path, count: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - count))
            return file.read(count)
    except FileNotFoundError:
        return None
