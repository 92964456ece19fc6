"""The worker: takes orders from the inbox, carries them out (those of one instance one after another), reports."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace

from stratus.drivers.queue.protocol import Claim, Queue
from stratus.errors import StratusError
from stratus.model.codec import decode, encode
from stratus.model.order import Order, Report
from stratus.model.steps import PressPower
from stratus.model.values import dataclass
from stratus.nodeagent.carry_out import carry_out, give_up
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.poison import lost

log = logging.getLogger(__name__)
AT_ONCE = 4
WAITING_AT_ONCE = 64
FALLBACK_S = 12.0  # it looks even if nobody woke it; less than HEARTBEAT_S
RETRY_S = 1.0
HEARTBEAT_S = 15.0
MAX_TRIES = 3
PRUNE_EVERY = 200


class Worker:
    """The orders of one node. One worker per node works at a time; who may is decided by the caller.

    `pool` makes what carries out so many orders of several instances at once; `tell_others` wakes the agents of other
    channels, who may wait for what this one has done."""

    def __init__(
        self,
        inbox: Queue,
        outbox: Queue,
        journal: Journal,
        doors: Doors,
        clock: Callable[[], float] = time.time,
        pool: Callable[[int], Executor] = ThreadPoolExecutor,
        tell_others: Callable[[], None] = lambda: None,
    ) -> None:
        self._inbox, self._outbox, self._doors, self._clock = inbox, outbox, doors, clock
        self.journal = journal
        self._pool, self._tell_others = pool, tell_others
        self._changed = threading.Condition()
        self._lines: dict[int, deque[_Task]] = {}
        self._in_hand: dict[str, Claim] = {}  # by the element's name
        self._rings = 0
        self._beat_s = 0.0
        self._carried_out = 0

    def wake(self) -> None:
        """There may be something new in the inbox, or in the outbox; other processes are told as well."""
        self.woken()
        self._tell_others()

    def woken(self) -> None:
        """Another process says so."""
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
        with self._pool(AT_ONCE) as busy, self._pool(WAITING_AT_ONCE) as waiting:
            while self._go_on(_Pools(busy, waiting), may_stop):
                pass

    def _go_on(self, pools: "_Pools", may_stop: Callable[[], bool]) -> bool:
        """Take one order in hand, or wait for one; False when there is none and the worker may stop."""
        heard, rest_s = self.heard(), FALLBACK_S
        try:
            self._keep_claims()
            claim = self._inbox.claim()
            if claim is not None:
                self._take(claim, pools)
                return True
        except Exception:
            # A full disk, a queue that a process has locked: later it may go on.
            log.exception("the inbox cannot be read")
            rest_s = RETRY_S
        if not self._in_hand and may_stop():
            return False
        self.wait(rest_s, heard)
        return True

    def _take(self, claim: Claim, pools: "_Pools") -> None:
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
        task = _Task(claim.name, order, claim.tries, claim.spent)
        if claim.tries == MAX_TRIES:
            # Should the agent die over its last try as well, no other order is to be blamed for that.
            self._wait_until(lambda: self._in_hand.keys() <= {claim.name})
            self._line_up(task, pools)
            self._wait_until(lambda: claim.name not in self._in_hand)
        else:
            self._line_up(task, pools)

    def _line_up(self, task: "_Task", pools: "_Pools") -> None:
        with self._changed:
            line = self._lines.setdefault(task.order.instance_id, deque())
            line.append(task)
            first = len(line) == 1
        if first:
            pools.of(task.order).submit(self._work_off, task, pools)

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        while True:
            with self._changed:
                if self._changed.wait_for(is_so, FALLBACK_S):
                    return
            self._keep_claims()

    def _work_off(self, task: "_Task", pools: "_Pools") -> None:
        """Carry out the first order in its instance's line, and hand the next one to those who do such orders."""
        try:
            self._one(task)
        except Exception:
            # The report or the inbox cannot be written; the claim grows old and the order comes again.
            log.exception("order %s stays in the inbox", task.order.id)
        with self._changed:
            line = self._lines[task.order.instance_id]
            line.popleft()
            following = line[0] if line else None
            if following is None:
                del self._lines[task.order.instance_id]
            del self._in_hand[task.name]
        if following is not None:
            pools.of(following.order).submit(self._work_off, following, pools)
        self.wake()

    def _one(self, task: "_Task") -> None:
        order = task.order
        if task.spent:
            self._hand_in(self._lost(task, task.spent))
            self._inbox.release(self._in_hand[task.name], reason=task.spent)
            return
        doors = replace(self._doors, superseded=lambda: self._is_superseded(order))
        try:
            self._hand_in(carry_out(order, doors, self.journal, self._clock))
            self._inbox.finish(self._in_hand[task.name])
        except Exception as error:
            log.exception("order %s could not be carried out", order.id)
            reason = f"{type(error).__name__}: {error}"
            if task.tries >= MAX_TRIES:
                self._hand_in(self._given_up(task, doors, reason))
            self._inbox.release(self._in_hand[task.name], reason=reason)

    def _given_up(self, task: "_Task", doors: Doors, reason: str) -> Report:
        try:
            return give_up(task.order, doors, self.journal, self._clock, reason)
        except Exception:
            log.exception("order %s cannot even be undone", task.order.id)
            return self._lost(task, reason)

    def _lost(self, task: "_Task", reason: str) -> Report:
        return lost(task.order, self.journal, self._clock, reason=reason, place=self._inbox.place(task.name))

    def _is_superseded(self, order: Order) -> bool:
        """Whether a kill of the same instance stands in line behind the order."""
        with self._changed:
            line = self._lines.get(order.instance_id, ())
            return any(task.order.verb == "kill" and task.order.generation > order.generation for task in line)

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


@dataclass(frozen=True)
class _Task:
    """An order in line: the name of its element, how often it was tried, and why it must not be tried any more."""

    name: str
    order: Order
    tries: int
    spent: str


@dataclass(frozen=True)
class _Pools:
    """Threads for what works, and for what begins by waiting for a guest: that must not stand in the others' way."""

    busy: Executor
    waiting: Executor

    def of(self, order: Order) -> Executor:
        waits = any(isinstance(step, PressPower) for step in order.steps)
        return self.waiting if waits else self.busy
