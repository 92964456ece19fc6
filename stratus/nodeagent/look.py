"""One look at everything that this node has, for the doctor. It changes nothing."""

import json
import logging
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from stratus import __version__
from stratus.drivers.queue.protocol import Queue
from stratus.errors import BadInput, StratusError
from stratus.model.inspection import Folder, FolderSeen, Inspection, Stray
from stratus.model.paths import NodePaths
from stratus.model.record import Record, read_record
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.life import boot_id

T = TypeVar("T")
log = logging.getLogger(__name__)
MOST_ORDERS = 10_000


class Look:
    """The node's doors and papers, to be looked at."""

    def __init__(self, paths: NodePaths, doors: Doors, queues: Sequence[Queue], journal: Journal) -> None:
        self._paths, self._doors, self._queues, self._journal = paths, doors, queues, journal
        self._troubles: list[str] = []

    def inspection(self, known: set[int], now_s: float) -> Inspection:
        """What there is. A door that does not answer is named among the troubles, and the others are looked at."""
        doors, journal = self._doors, self._journal
        folders = doors.disks.folders(self._paths.instances)
        # In the order in which an order goes: what moves on meanwhile is seen twice, and never nowhere.
        in_hand, waiting, reported = journal.in_hand(), self._waiting(), journal.reported()
        orders = [*waiting, *in_hand, *reported]
        generations = journal.instances()
        outlines = self._or_else(doors.hypervisor.outlines)
        return Inspection(
            node=socket.gethostname(),
            version=__version__,
            state_dir=self._paths.state_dir,
            at_s=now_s,
            boot=boot_id(),
            domains=None if outlines is None else self._or_else(doors.hypervisor.domains),
            outlines=outlines or {},
            folders=tuple(_folder(folder, known) for folder in folders),
            network=self._or_else(doors.network.look),
            images=self._or_else(doors.images.survey),
            space=doors.disks.space(self._paths.instances),
            orders=tuple(orders),
            open_journals=tuple(order_id for order_id in in_hand if order_id not in waiting),
            strays=tuple(Stray(path, what) for queue in self._queues for path, what in queue.strays()),
            generations=generations,
            last_order=max(map(_number, orders), default=0),
            last_instance=max((*map(int, generations), *(folder.id for folder in folders)), default=0),
            troubles=tuple(self._troubles),
        )

    def _waiting(self) -> list[str]:
        """The orders of the inbox, and of the reports in the outbox; what is neither is another's to name."""
        found: list[str] = []
        for queue in self._queues:
            for _, body in queue.bodies(limit=MOST_ORDERS):
                found += _order_of(body)
        return found

    def _or_else(self, look: Callable[[], T]) -> T | None:
        try:
            return look()
        except StratusError as error:
            self._troubles.append(error.message)
            return None


def _order_of(body: bytes) -> Iterable[str]:
    try:
        element = json.loads(body)
        yield str(element.get("order_id") or element["id"])
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        log.debug("an element is neither order nor report: %s", error)


def _number(order_id: str) -> int:
    digits = order_id.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _folder(seen: FolderSeen, known: set[int]) -> Folder:
    record: Record | None = None
    trouble = "" if seen.record else "missing"
    if seen.record:
        try:
            record = read_record(seen.record, seen.id)
        except BadInput as error:
            trouble = f"damaged: {error.message}"[:300]
    return Folder(seen.id, seen.files, trouble, None if seen.id in known else record)
