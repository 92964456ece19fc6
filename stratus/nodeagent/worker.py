"""The worker: takes orders from the inbox, carries them out (those of one instance one after another), reports."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor

from stratus.drivers.queue.protocol import Claim, Queue
from stratus.errors import StratusError
from stratus.model.codec import decode, encode
from stratus.model.order import Order, Report
from stratus.nodeagent.carry_out import carry_out, give_up
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal

log = logging.getLogger(__name__)
AT_ONCE = 4
FALLBACK_S = 0.25
HEARTBEAT_S = 15.0
MAX_TRIES = 3
PRUNE_EVERY = 200


class Worker:
    """The orders of one node. One worker per node works at a time; who may is decided by the caller.

    `pool` makes what carries out the orders of several instances at once."""

    def __init__(
        self,
        inbox: Queue,
        outbox: Queue,
        journal: Journal,
        doors: Doors,
        clock: Callable[[], float] = time.time,
        pool: Callable[[], Executor] = lambda: ThreadPoolExecutor(AT_ONCE, thread_name_prefix="order"),
    ) -> None:
        self._inbox, self._outbox, self._doors, self._clock = inbox, outbox, doors, clock
        self.journal = journal
        self._pool = pool
        self._changed = threading.Condition()
        self._lines: dict[int, deque[tuple[Claim, Order]]] = {}
        self._in_hand: dict[str, Claim] = {}  # by element
        self._rings = 0
        self._beat_s = 0.0
        self._carried_out = 0

    def wake(self) -> None:
        """There may be something new in the inbox, or in the outbox."""
        with self._changed:
            self._rings += 1
            self._changed.notify_all()

    def heard(self) -> int:
        """How often it was woken; to be asked before one looks for something new, and given to `wait`."""
        return self._rings

    def wait(self, timeout_s: float, heard: int) -> None:
        """Until it was woken after `heard`, at most `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._rings != heard, timeout_s)

    def work(self, may_stop: Callable[[], bool]) -> None:
        """Carry out orders until `may_stop` says so while nothing is left to do."""
        self.journal.prune(self._clock())
        with self._pool() as pool:
            while self._go_on(pool, may_stop):
                pass

    def _go_on(self, pool: Executor, may_stop: Callable[[], bool]) -> bool:
        """Take one order in hand, or wait for one; False when there is none and the worker may stop."""
        heard = self.heard()
        try:
            self._keep_claims()
            claim = self._inbox.claim()
            if claim is not None:
                self._take(claim, pool)
                return True
        except Exception:
            # A full disk, a queue that a process has locked: later it may go on.
            log.exception("the inbox cannot be read")
        if not self._in_hand and may_stop():
            return False
        self.wait(FALLBACK_S, heard)
        return True

    def _take(self, claim: Claim, pool: Executor) -> None:
        try:
            order = decode(Order, json.loads(claim.body))
        except (StratusError, ValueError, RecursionError) as error:
            log.warning("element %s of the inbox is no order: %s", claim.name, error)
            self._inbox.release(claim, reason=f"not an order: {error}")
            return
        with self._changed:
            taken_again = claim.name in self._in_hand
            self._in_hand[claim.name] = claim
            if taken_again:  # its claim had grown old under our hands; from now on the new one counts
                return
            line = self._lines.setdefault(order.instance_id, deque())
            line.append((claim, order))
            first = len(line) == 1
        if first:
            pool.submit(self._work_off, order.instance_id)

    def _work_off(self, instance_id: int) -> None:
        """Carry out the orders that stand in line for one instance, until there is none."""
        while True:
            with self._changed:
                line = self._lines[instance_id]
                if not line:
                    del self._lines[instance_id]
                    return
                claim, order = line[0]
            try:
                self._one(claim, order)
            except Exception:
                # The report or the inbox cannot be written; the claim grows old and the order comes again.
                log.exception("order %s stays in the inbox", order.id)
            with self._changed:
                line.popleft()
                del self._in_hand[claim.name]
            self.wake()

    def _one(self, claim: Claim, order: Order) -> None:
        try:
            report = carry_out(order, self._doors, self.journal, self._clock)
            self._hand_in(report)
            self._inbox.finish(self._in_hand[claim.name])
        except Exception as error:
            log.exception("order %s could not be carried out", order.id)
            reason = f"{type(error).__name__}: {error}"
            if claim.tries >= MAX_TRIES:
                self._hand_in(give_up(order, self._doors, self.journal, self._clock, reason))
            self._inbox.release(self._in_hand[claim.name], reason=reason)

    def _hand_in(self, report: Report) -> None:
        self._outbox.put(json.dumps(encode(report)).encode())
        self._carried_out += 1
        if self._carried_out % PRUNE_EVERY == 0:
            self.journal.prune(self._clock())

    def _keep_claims(self) -> None:
        """Renew what is in hand, before something is claimed: to a process that was stopped for a while, or whose clock
        has jumped, its own claims would else look old."""
        now_s = self._clock()
        if abs(now_s - self._beat_s) < HEARTBEAT_S:
            return
        self._beat_s = now_s
        with self._changed:
            claims = list(self._in_hand.values())
        for claim in claims:
            try:
                self._inbox.touch(claim)
            except StratusError as error:
                log.warning("the claim on %s is lost: %s", claim.name, error)
