"""The resident dispatcher: it watches the ledger and the clock, and has each node's workers do what there is to do."""

import logging
import threading

from stratus.actions import records
from stratus.actions.crew import REST_S, Crew, Work
from stratus.actions.forget import forget
from stratus.actions.term import LEASE, Term
from stratus.actions.waiting import give_room
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Changes
from stratus.errors import Conflict, StratusError

log = logging.getLogger(__name__)
TIDY_S = 3600.0
LEASE_S = 15.0
SWEEP_S = 10.0
LOOKS_PER_S = 20.0
LIST_S = 5.0
WATCH_S = 0.25
ASK_S = 1.0
_OF_ROOM = (records.NODE, records.WAITING)


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
    """Have the nodes' workers do what there is to do, until `stop` is set or the lease is lost."""
    crew = Crew(cloud, term, stop)
    rounds, turns, tidied_s = Rounds(), Turns(), -TIDY_S
    seen: int | None = None
    try:
        while not stop.is_set():
            try:
                term.lease()
                changes = _changes(cloud, seen)
                for name in _with_orders(cloud, changes):
                    crew.want(name, Work.SEND, Work.RECEIVE)
                seen = changes.revision
                if turns.are_due(cloud, changes):
                    give_room(cloud)
                for name in rounds.due(cloud):
                    crew.want(name, Work.LOOK)
                if cloud.monotonic() - tidied_s >= TIDY_S:
                    forget(cloud, term.lease())
                    tidied_s = cloud.monotonic()
            except Conflict as lost:
                log.warning("%s", lost)
                return
            except StratusError as error:  # a full disk under the ledger, somebody who locked it: later it goes on
                log.error("the ledger cannot be used: %s", error)
                stop.wait(REST_S)
    finally:
        term.end()
        cloud.links.close()
        crew.leave()


def _changes(cloud: Cloud, seen: int | None) -> Changes:
    """What has changed; at the beginning everything might have."""
    if seen is None:
        return Changes((), cloud.ledger.revision(), whole=True)
    return cloud.ledger.changes(seen, timeout_s=WATCH_S)


def _with_orders(cloud: Cloud, changes: Changes) -> set[str]:
    """The nodes for which orders were made or changed; all that have some, when it is not known what changed."""
    if changes.whole:
        return records.nodes_with_orders(cloud.ledger)
    keys = [key for kind, key in changes.keys if kind == records.ORDER]
    return {node for key in keys if (node := records.node_of_order(cloud.ledger, key))}


class Turns:
    """When those that wait for room are asked again: when a node has changed or somebody came, once in a while anyway,
    and not more than once a second."""

    def __init__(self) -> None:
        self._due, self._asked_s = True, -LIST_S

    def are_due(self, cloud: Cloud, changes: Changes) -> bool:
        """Whether it is time; then it is not again for a second."""
        self._due = self._due or changes.whole or any(kind in _OF_ROOM for kind, _ in changes.keys)
        passed_s = cloud.monotonic() - self._asked_s
        if passed_s < (ASK_S if self._due else LIST_S):
            return False
        self._due, self._asked_s = False, cloud.monotonic()
        return True


class Rounds:
    """When each node is to be looked at: every SWEEP_S, or less often where there are so many that it would be work."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._listed_s = -LIST_S

    def due(self, cloud: Cloud) -> list[str]:
        """The nodes whose time has come; new ones one after another."""
        now = cloud.monotonic()
        if now - self._listed_s >= LIST_S:
            names = [node.name for node, _ in records.nodes(cloud.ledger)]
            new = [name for name in names if name not in self._due]
            first = {name: now + place / LOOKS_PER_S for place, name in enumerate(new)}
            self._due = {name: self._due.get(name, first.get(name, now)) for name in names}
            self._listed_s = now
        found = [name for name, at_s in self._due.items() if at_s <= now]
        self._due |= dict.fromkeys(found, now + max(SWEEP_S, len(self._due) / LOOKS_PER_S))
        return found
