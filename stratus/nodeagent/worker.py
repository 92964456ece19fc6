"""The worker: takes orders from the inbox, carries them out (those of one instance one after another), reports."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from stratus.drivers.queue.protocol import Claim, Queue
from stratus.errors import StratusError
from stratus.model.codec import decode, encode
from stratus.model.order import Fault, Order, Report
from stratus.nodeagent.carry_out import carry_out
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal

log = logging.getLogger(__name__)
AT_ONCE = 4
FALLBACK_S = 0.25
HEARTBEAT_S = 15.0
MAX_TRIES = 3


class Worker:
    """The orders of one node. One worker per node works at a time; who may is decided by the caller."""

    def __init__(
        self, inbox: Queue, outbox: Queue, journal: Journal, doors: Doors, clock: Callable[[], float] = time.time
    ) -> None:
        self._inbox, self._outbox, self._journal, self._doors, self._clock = inbox, outbox, journal, doors, clock
        self._changed = threading.Condition()
        self._lines: dict[int, deque[tuple[Claim, Order]]] = {}
        self._in_hand: set[Claim] = set()

    def wake(self) -> None:
        """There may be something new in the inbox, or in the outbox."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, timeout_s: float) -> None:
        """Until something new may be there, at most `timeout_s`."""
        with self._changed:
            self._changed.wait(timeout_s)

    def work(self, may_stop: Callable[[], bool]) -> None:
        """Carry out orders until `may_stop` says so while nothing is left to do."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="order") as pool:
            beat = threading.Thread(target=self._keep_claims, args=(ended := threading.Event(),), daemon=True)
            beat.start()
            try:
                while True:
                    claim = self._inbox.claim()
                    if claim is not None:
                        self._take(claim, pool)
                    elif not self._in_hand and may_stop():
                        return
                    else:
                        self.wait(FALLBACK_S)
            finally:
                ended.set()

    def _take(self, claim: Claim, pool: ThreadPoolExecutor) -> None:
        try:
            order = decode(Order, json.loads(claim.body))
        except (StratusError, ValueError) as error:
            log.warning("element %s of the inbox is no order: %s", claim.name, error)
            self._inbox.release(claim, reason=f"not an order: {error}")
            return
        with self._changed:
            self._in_hand.add(claim)
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
            self._one(claim, order)
            with self._changed:
                line.popleft()
                self._in_hand.discard(claim)
                self._changed.notify_all()

    def _one(self, claim: Claim, order: Order) -> None:
        try:
            report = carry_out(order, self._doors, self._journal, self._clock)
            self._outbox.put(json.dumps(encode(report)).encode())
            self._inbox.finish(claim)
        except Exception as error:
            log.exception("order %s could not be carried out", order.id)
            reason = f"{type(error).__name__}: {error}"
            if claim.tries >= MAX_TRIES:
                fault = Fault("StratusError", f"the node's agent gave the order up: {reason}", "see the agent's log")
                report = Report(order.id, order.instance_id, order.generation, fault, (), self._clock())
                self._outbox.put(json.dumps(encode(report)).encode())
            self._inbox.release(claim, reason=reason)

    def _keep_claims(self, ended: threading.Event) -> None:
        while not ended.wait(HEARTBEAT_S):
            with self._changed:
                claims = list(self._in_hand)
            for claim in claims:
                try:
                    self._inbox.touch(claim)
                except StratusError as error:
                    log.warning("the claim on %s is lost: %s", claim.name, error)
