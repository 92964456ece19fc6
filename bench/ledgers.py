"""Ledgers that are full of what a cloud has after a while, for the rows that read them."""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stratus.actions import observe, records
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.model.codec import encode
from stratus.model.domain import DomainStatus, Power
from stratus.model.history import Entry, History
from stratus.model.instance import Instance, Lease
from stratus.model.order import Dispatched, Order, Report
from stratus.model.paths import FrontEndPaths
from stratus.model.states import State
from tests.model import samples

COMMIT = 5000


def ledger_of(state_dir: Path) -> SqliteLedger:
    """The ledger of a front end in this folder."""
    return SqliteLedger(FrontEndPaths(str(state_dir)).ledger)


def environ(state_dir: Path) -> dict[str, str]:
    """What makes the command line use that front end, and no configuration of this machine."""
    kept = {name: value for name, value in usual().items() if not name.startswith("STRATUSLAB_")}
    own = {"HOME": str(state_dir), "STRATUSLAB_CONFIG_DIR": str(state_dir), "STRATUSLAB_STATE_DIR": str(state_dir)}
    return {**kept, **own, "LC_ALL": "C.UTF-8"}


def usual() -> dict[str, str]:
    """This environment without what slows every Python down: a user's keeps what it compiled, and buffers."""
    unusual = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    return {name: value for name, value in os.environ.items() if name not in unusual}


def furnish(state_dir: Path, *, running: int = 0, done: int = 0, nodes: int = 1) -> Path:
    """Nodes that were just looked at, with instances that run on them, and others that ended long ago."""
    ledger = ledger_of(state_dir)
    save(ledger, _nodes(nodes, running))
    save(ledger, _running(running, nodes))
    save(ledger, finished(running + 1, done))
    ledger.close()
    return state_dir


def look_again(state_dir: Path) -> None:
    """Make the last look at each node a fresh one, so that none is asked while the ledger is read."""
    ledger = ledger_of(state_dir)
    looks = ledger.find(records.SWEEP)
    ledger.commit([Put(each.kind, each.key, {**each.body, "at_s": time.time()}) for each in looks])
    ledger.close()


def save(ledger: SqliteLedger, changes: Iterator[Put | Delete]) -> None:
    """Commit them, some thousands at a time."""
    part: list[Put | Delete] = []
    for change in changes:
        part.append(change)
        if len(part) >= COMMIT:
            ledger.commit(part)
            part = []
    ledger.commit(part)


def instance(number: int, state: State, node: str = "node0") -> Instance:
    """Instance `number`, with a name and an address of its own."""
    high, low = divmod(number, 250)
    lease = Lease(
        "local", f"10.{high // 250}.{high % 250}.{low + 1}", f"02:00:0a:{high // 250:02x}:{high % 250:02x}:{low:02x}"
    )
    return samples.instance(number, name=f"one-{number}", lease=lease, state=state, node=node)


def archived_order(number: int) -> Put:
    """An order that ended long ago."""
    order = Order(f"{number:012d}-{number}", number, 2, 1, "kill", ())
    report = Report(order.id, number, 2, None, (), 2000.0)
    body = {"order": encode(Dispatched(order, "node0", "sent", 1500.0)), "report": encode(report)}
    return Put(records.ORDER_ARCHIVE, order.id, body, index={"instance": str(number)})


def _nodes(count: int, running: int) -> Iterator[Put]:
    for number in range(count):
        name = f"node{number}"
        there = range(number + 1, running + 1, count)
        statuses = (DomainStatus(f"one-{i}", Power.RUNNING, "booted", 10**10 * i, 1, 1536 * 1024) for i in there)
        seen = {status.name: observe.Sample(status, 3) for status in statuses}
        yield records.put_node(samples.node(name), None)
        yield Put(records.SWEEP, name, encode(observe.Sweep(time.time(), seen)))


def _running(count: int, nodes: int) -> Iterator[Put | Delete]:
    for number in range(1, count + 1):
        yield from records.put_instance(instance(number, State.RUNNING, f"node{(number - 1) % nodes}"), None)
        yield Put(records.HISTORY, records.key_of(number), encode(_HISTORY))


def finished(first: int, count: int, at_s: float = 1000.0) -> Iterator[Put | Delete]:
    """Instances from number `first` on that ended at that time, with their histories."""
    for number in range(first, first + count):
        ended = replace(instance(number, State.DONE), changed_s=at_s)
        yield Put(records.ARCHIVE, records.key_of(number), encode(ended), index={"owner": ended.owner})
        yield Put(records.HISTORY, records.key_of(number), encode(_HISTORY))


_HISTORY = History((Entry(1.0, State.PENDING, "run by alice"), Entry(2.0, State.RUNNING, "run is done")))
