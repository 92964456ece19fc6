"""The resident dispatcher: two workers per node, one that delivers and sweeps, one that waits for reports."""

import logging
import threading
from collections.abc import Callable
from functools import partial

from stratus.actions import records, recover, ship
from stratus.actions.dispatch import bring_in, deliver, deliverable, guarded
from stratus.actions.forget import forget
from stratus.actions.term import LEASE, Term
from stratus.cloud import Cloud
from stratus.errors import Conflict, NodeUnreachable, StratusError
from stratus.model.node import Node

log = logging.getLogger(__name__)
TIDY_S = 3600.0
LEASE_S = 15.0
SWEEP_S = 10.0
POLL_S = 20.0
REST_S = 2.0


def resident(cloud: Cloud, stop: threading.Event) -> None:
    """Dispatch until `stop` is set. A sick node delays no other, since each has its own workers.

    When the lease is lost (the clock jumped, and a command took it for a moment), it begins anew. Raises Conflict when
    another dispatcher stays at work."""
    while (term := _begin(cloud, stop)) is not None:
        _serve(cloud, term, stop)


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


def _serve(cloud: Cloud, term: Term, stop: threading.Event) -> None:
    """Keep two workers for each node at work, until `stop` is set or the lease is lost."""
    workers: dict[tuple[str, str], threading.Thread] = {}
    tidied_s = -TIDY_S
    try:
        while not stop.is_set():
            try:
                term.lease()
                _start_missing(workers, cloud, term, stop)
                if cloud.monotonic() - tidied_s >= TIDY_S:
                    forget(cloud, term.lease())
                    tidied_s = cloud.monotonic()
            except Conflict as lost:
                log.warning("%s", lost)
                return
            except StratusError as error:  # a full disk under the ledger, somebody who locked it: later it goes on
                log.error("the ledger cannot be used: %s", error)
            stop.wait(LEASE_S / 3)
    finally:
        term.end()
        cloud.links.close()
        for worker in workers.values():
            worker.join(timeout=REST_S)


def _start_missing(
    workers: dict[tuple[str, str], threading.Thread], cloud: Cloud, term: Term, stop: threading.Event
) -> None:
    for node, _ in records.nodes(cloud.ledger):
        rounds = {"send": _Sender(cloud, term, stop).round, "receive": partial(_receive, cloud, term, stop)}
        for what, work in rounds.items():
            key = (node.name, what)
            if key not in workers or not workers[key].is_alive():
                arguments = (cloud, node.name, term, work, stop)
                workers[key] = threading.Thread(target=_go_round, args=arguments, name="-".join(key), daemon=True)
                workers[key].start()


def _go_round(cloud: Cloud, name: str, term: Term, work: Callable[[Node], bool], stop: threading.Event) -> None:
    """One round after another; a rest after each that did not go well."""
    while not _is_over(term, stop):
        try:
            found = records.read(cloud.ledger, records.NODE, name, Node)
            if found is None:  # it was removed, or has another name now
                cloud.links.forget(name)
                return
            well = work(found[0])
        except StratusError as error:  # the ledger's; what is wrong with the node has been noted
            log.error("node %s: %s", name, error)
            well = False
        if not well:
            stop.wait(REST_S)


class _Sender:
    """Delivers to one node whenever the ledger changes, and sweeps it in between."""

    def __init__(self, cloud: Cloud, term: Term, stop: threading.Event) -> None:
        self._cloud, self._term, self._stop = cloud, term, stop
        self._seen, self._swept_s = 0, -SWEEP_S

    def round(self, node: Node) -> bool:
        """Whether it went well. A node that was not well is swept in every round, to see it recover."""
        self._seen = self._cloud.ledger.revision()
        unwell = bool(node.sickness or node.blind_since_s)
        look = unwell or self._cloud.monotonic() - self._swept_s >= SWEEP_S
        if not look and not deliverable(self._cloud, node):
            self._cloud.ledger.changes(self._seen, timeout_s=1.0)
            return True
        return _guarded(self._cloud, node, partial(self._visit, node, look), self._term, self._stop) and not unwell

    def _visit(self, node: Node, look: bool) -> None:
        deliver(self._cloud, node, self._term)
        if look:
            self._swept_s = self._cloud.monotonic()
            recover.after_sweep(self._cloud, node)
            ship.tidy(self._cloud, node, self._term)


def _receive(cloud: Cloud, term: Term, stop: threading.Event, node: Node) -> bool:
    return _guarded(cloud, node, partial(bring_in, cloud, node, term, wait_s=POLL_S), term, stop)


def _guarded(cloud: Cloud, node: Node, deed: Callable[[], object], term: Term, stop: threading.Event) -> bool:
    """As `guarded`; but that our own channel breaks when we close it at the end is no trouble of the node's."""

    def calm() -> None:
        try:
            deed()
        except NodeUnreachable:
            if not _is_over(term, stop):
                raise

    return guarded(cloud, node, calm)


def _is_over(term: Term, stop: threading.Event) -> bool:
    return stop.is_set() or term.over
