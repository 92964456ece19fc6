"""The resident dispatcher: two workers per node, one that delivers and sweeps, one that waits for reports."""

import threading
from collections.abc import Callable
from functools import partial

from stratus.actions import records, recover
from stratus.actions.dispatch import bring_in, deliver, guarded
from stratus.actions.term import LEASE, Term
from stratus.cloud import Cloud
from stratus.errors import Conflict, NodeUnreachable
from stratus.model.node import Node

LEASE_S = 15.0
SWEEP_S = 10.0
POLL_S = 20.0
REST_S = 2.0

Worker = Callable[[Cloud, str, Term, threading.Event], None]


def resident(cloud: Cloud, stop: threading.Event) -> None:
    """Dispatch until `stop` is set. A sick node delays no other, since each has its own workers.

    Raises Conflict when another dispatcher is at work, or has taken over."""
    term = _begin(cloud, stop)
    if term is None:
        return
    workers: dict[tuple[str, Worker], threading.Thread] = {}
    try:
        while not stop.is_set():
            term.lease()
            for node, _ in records.nodes(cloud.ledger):
                for work in (_send, _receive):
                    if (node.name, work) not in workers or not workers[node.name, work].is_alive():
                        workers[node.name, work] = _start(work, cloud, node.name, term, stop)
            stop.wait(LEASE_S / 3)
    finally:
        stop.set()
        cloud.links.close()
        for worker in workers.values():
            worker.join(timeout=REST_S)
        term.end()


def _begin(cloud: Cloud, stop: threading.Event) -> Term | None:
    """The term, once commands that dispatch inline have given the lease back. Raises Conflict after LEASE_S."""
    name = cloud.owner()
    deadline = cloud.monotonic() + LEASE_S
    while not stop.is_set():
        lease = cloud.ledger.acquire(LEASE, name, LEASE_S)
        if lease is not None:
            return Term(cloud, lease, LEASE_S)
        if cloud.monotonic() > deadline:
            raise Conflict("a dispatcher runs already", hint="stop it first, or leave it to its work")
        stop.wait(0.2)
    return None


def _start(work: Worker, cloud: Cloud, name: str, term: Term, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=work, args=(cloud, name, term, stop), name=f"{name}-{work.__name__}", daemon=True)
    thread.start()
    return thread


def _send(cloud: Cloud, name: str, term: Term, stop: threading.Event) -> None:
    """Deliver whenever the ledger changes, sweep in between; after a failure rest, then try again."""
    seen, swept = 0, -SWEEP_S
    while not stop.is_set():
        node = records.node(cloud.ledger, name)[0]
        seen = cloud.ledger.changes(seen).revision
        well = _guarded(cloud, node, partial(deliver, cloud, node, term), stop)
        if well and cloud.monotonic() - swept >= SWEEP_S:
            well = _guarded(cloud, node, partial(recover.after_sweep, cloud, node), stop)
            swept = cloud.monotonic()
        if well:
            cloud.ledger.changes(seen, timeout_s=1.0)
        else:
            stop.wait(REST_S)


def _receive(cloud: Cloud, name: str, term: Term, stop: threading.Event) -> None:
    while not stop.is_set():
        node = records.node(cloud.ledger, name)[0]
        if not _guarded(cloud, node, partial(bring_in, cloud, node, term, wait_s=POLL_S), stop):
            stop.wait(REST_S)


def _guarded(cloud: Cloud, node: Node, deed: Callable[[], object], stop: threading.Event) -> bool:
    """As `guarded`; but that our own channel breaks when we close it at the end is no trouble of the node's."""

    def calm() -> None:
        try:
            deed()
        except NodeUnreachable:
            if not stop.is_set():
                raise

    return guarded(cloud, node, calm)
