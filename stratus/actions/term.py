"""The term of a dispatcher: the lease that lets it act, and the hold on each node that it shows with every call."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from stratus.actions import epoch, retry
from stratus.actions.ask import ask
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Lease
from stratus.errors import Conflict, StaleOrder
from stratus.model.codec import encode
from stratus.model.hold import Hold
from stratus.model.node import Node
from stratus.model.values import dataclass

LEASE = "dispatch"
INLINE_LEASE_S = 45.0
HOLD_S = 60.0  # how old a copy of the ledger must be at least to be refused by a node that is in hand


@dataclass(frozen=True)
class _Shown:
    """A hold in use: since when, whether its token is this term's own, and whether the node has taken it."""

    hold: Hold
    since_s: float
    own: bool = False
    settled: bool = False


_NOTHING = _Shown(Hold(0, ""), 0.0)


class Term:
    """The time for which this process is the dispatcher. Every deed asks for the lease anew, and so prolongs it."""

    def __init__(self, cloud: Cloud, lease: Lease, length_s: float) -> None:
        self._cloud, self._lease, self._length_s = cloud, lease, length_s
        self._holds: dict[str, _Shown] = {}
        self._lock = threading.Lock()
        self._leasing = threading.Lock()  # a lease that is renewed while the term ends would outlive it
        self.refusals: Counter[tuple[str, str]] = Counter()  # of reports, by node and name
        self.settling = threading.Lock()  # reports of several nodes change what one owner holds: one after another
        self.over = False  # whether somebody else may be the dispatcher by now

    def lease(self) -> Lease:
        """The lease in force, renewed in the second half of its life, and when the clock was set back. Raises Conflict
        when somebody else has it, or when the term is over: what was left behind of it changes nothing more."""
        with self._leasing:
            if self.over:
                raise Conflict("the term of this dispatcher is over")
            if not self._length_s / 2 <= self._lease.expires_s - self._cloud.clock() <= self._length_s:
                renewed = self._cloud.ledger.acquire(LEASE, self._lease.owner, self._length_s)
                if renewed is None:
                    raise Conflict("another dispatcher has taken over")
                self._lease = renewed
            return self._lease

    def take(self, node: Node, *, timeout_s: float = 20.0) -> None:
        """Take the node in hand, before it is ordered anything: once in a term it is shown a token that no copy of this
        ledger has. Raises StaleOrder when it obeys another front end, NodeUnreachable."""
        with self._lock:
            if not self._holds.get(node.name, _NOTHING).own:
                self._renew(node.name)
        self.call(node, "ping", {}, timeout_s=timeout_s)

    def call(self, node: Node, method: str, params: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
        """The answer of the node's agent, which is shown our hold on it. Raises StaleOrder when it obeys another."""
        while True:
            hold = self.hold(node.name)
            try:
                answer = ask(self._cloud, node, method, params | {"hold": encode(hold)}, timeout_s=timeout_s)
            except StaleOrder:
                # Another thread of ours may have shown a newer token meanwhile, or `take_over` has begun a new life.
                if self._is_newest(node.name, hold):
                    raise
            else:
                self._settle(node.name, hold)
                return answer

    def hold(self, node: str) -> Hold:
        """What is shown to the node: one token for a while, so that a copy of the ledger grows old in time."""
        with self._lock:
            shown = self._holds.get(node)
            if shown is None:
                known = epoch.known(self._cloud, node)
                shown = self._holds[node] = _Shown(known, self._cloud.monotonic()) if known else self._renew(node)
            elif shown.settled and self._cloud.monotonic() - shown.since_s > HOLD_S:
                shown = self._renew(node)
            return shown.hold

    def end(self) -> None:
        """Let another one be the dispatcher."""
        self.over = True  # at once, for those who only look
        with self._leasing:
            self._cloud.ledger.release(self._lease)

    def _renew(self, node: str) -> _Shown:
        hold = retry.on_conflict(self._cloud, lambda: epoch.propose(self._cloud, node, self.lease()))
        self._holds[node] = _Shown(hold, self._cloud.monotonic(), own=True)
        return self._holds[node]

    def _settle(self, node: str, hold: Hold) -> None:
        with self._lock:
            shown = self._holds.get(node)
            if shown is None or shown.hold != hold or shown.settled:
                return
            retry.on_conflict(self._cloud, lambda: epoch.settle(self._cloud, node, hold, self.lease()))
            self._holds[node] = replace(shown, settled=True)

    def _is_newest(self, node: str, hold: Hold) -> bool:
        """Whether the node refused the newest that we have; what belongs to a life that is over is let go."""
        with self._lock:
            shown = self._holds.get(node)
            if shown is not None and shown.hold == hold and epoch.current(self._cloud) != hold.epoch:
                del self._holds[node]
            return node in self._holds and self._holds[node].hold == hold


@contextmanager
def inline_term(cloud: Cloud) -> Iterator[Term | None]:
    """A term for a command that dispatches by itself; None when somebody else is the dispatcher."""
    lease = cloud.ledger.acquire(LEASE, cloud.owner(), INLINE_LEASE_S)
    if lease is None:
        yield None
        return
    term = Term(cloud, lease, INLINE_LEASE_S)
    try:
        yield term
    finally:
        term.end()
