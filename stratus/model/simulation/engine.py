"""The simulated cloud: what happens, in its order, with the nodes as the real ledger would have them. Pure."""

import dataclasses
import heapq
import itertools
import math
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial

from stratus.model.node import Node
from stratus.model.placement import Need
from stratus.model.placement.choice import place
from stratus.model.placement.turns import node_to_hold
from stratus.model.placement.verdict import takes
from stratus.model.placement.wish import Rules, Wish
from stratus.model.simulation import Arrival, Outage, Setting, Workload
from stratus.model.simulation.queue import Queue, Waiting
from stratus.model.values import dataclass

# At one moment, what gives room back comes before what takes it.
_GIVES, _TAKES = 0, 1


@dataclass(frozen=True)
class Running:
    """An instance on its node, and how long it still had to run at a moment. On a dead node it waits for the node."""

    number: int
    need: Need
    node: str
    since_s: float
    left_s: float


class Simulation:
    """One run of a workload: go through `moments`, and look at it in between."""

    def __init__(self, workload: Workload, setting: Setting) -> None:
        self._setting = setting
        self._random = random.Random(setting.seed)
        self._agenda: list[tuple[float, int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._now_s = 0.0
        self._to_come = len(workload.arrivals)
        self._queue = Queue()
        self._running: dict[int, Running] = {}
        self._held: tuple[Waiting, str] | None = None  # who has waited longest, and the node that is held for it
        self._rules_for_others = setting.rules
        self._freed: deque[str] = deque()  # nodes that may have room for somebody who waits
        self._able: dict[Need, bool] = {}  # whether any node could take it, if it were empty
        self.nodes = {node.name: node for node in setting.nodes}
        self.waits_s: list[float] = []  # of those that were placed
        self.counts: Counter[str] = Counter()  # never (no node could ever take it), impatient, interrupted
        for number, arrival in enumerate(sorted(workload.arrivals, key=lambda each: each.at_s)):
            self._at(arrival.at_s, _TAKES, partial(self._arrive, number, arrival))
        for outage in workload.outages:
            self._at(outage.at_s, _TAKES, partial(self._go_down, outage))

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    @property
    def going_on(self) -> int:
        """How many instances are on nodes that are up."""
        return sum(node.used.instances for node in self.nodes.values() if not node.trouble)

    def moments(self) -> Iterator[float]:
        """Every moment at which something happens, before it does, until nothing is left that would."""
        while self._agenda and (self._to_come or self._running or self._queue):
            self._now_s, _, _, happen = heapq.heappop(self._agenda)
            yield self._now_s
            happen()
            self._fill_up()

    def _at(self, moment_s: float, order: int, happen: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (moment_s, order, next(self._numbers), happen))

    def _arrive(self, number: int, arrival: Arrival) -> None:
        self._to_come -= 1
        one = Waiting(number, arrival.need, self._now_s, arrival.lasts_s)
        if not self._is_possible(one.need):
            self.counts["never"] += 1
        elif node := place(Wish(one.need), self.nodes.values(), self._rules(one)):
            self._start(one, node)
        elif self._setting.patience_s <= 0:
            self.counts["impatient"] += 1
        else:
            self._wait(one)

    def _is_possible(self, need: Need) -> bool:
        if need not in self._able:
            self._able[need] = node_to_hold(Wish(need), self._setting.nodes, self._setting.rules) is not None
        return self._able[need]

    def _wait(self, one: Waiting) -> None:
        self._queue.join(one)
        if self._setting.patience_s < math.inf:
            self._at(self._now_s + self._setting.patience_s, _TAKES, partial(self._give_up, one))
        if self._setting.ageing_s:
            self._at(self._now_s + self._setting.ageing_s, _TAKES, self._hold_one)

    def _give_up(self, one: Waiting) -> None:
        if one in self._queue:
            self._queue.leave(one)
            self.counts["impatient"] += 1
            self._let_go_of(one)

    def _start(self, one: Waiting, node: Node) -> None:
        self.nodes[node.name] = node.with_used(one.need.added_to(node.used))
        self.waits_s.append(self._now_s - one.since_s)
        self._go_on(Running(one.number, one.need, node.name, self._now_s, one.lasts_s))

    def _go_on(self, running: Running) -> None:
        self._running[running.number] = running
        self._at(self._now_s + running.left_s, _GIVES, partial(self._end, running))

    def _end(self, running: Running) -> None:
        if self._running.get(running.number) is not running:
            return  # its node went down meanwhile, and it goes on later
        del self._running[running.number]
        node = self.nodes[running.node]
        self.nodes[node.name] = node.with_used(running.need.taken_from(node.used))
        self._freed.append(node.name)

    def _fill_up(self) -> None:
        """Let those that wait have the room that came free, the first first."""
        while self._freed and self._queue:
            node = self.nodes[self._freed[0]]
            one = next((each for each in self._queue.heads() if takes(Wish(each.need), node, self._rules(each))), None)
            if one is None:
                self._freed.popleft()
            else:
                self._queue.leave(one)
                self._start(one, node)
                self._let_go_of(one)
        self._freed.clear()

    def _rules(self, asker: Waiting) -> Rules:
        return self._setting.rules if self._held and self._held[0] is asker else self._rules_for_others

    def _hold_one(self) -> None:
        """Hold a node for whoever has waited longest, if that is long enough and none is held yet."""
        first = next(iter(self._queue.heads()), None)
        # As the moment was reckoned for the agenda: a difference would be rounded otherwise, and it never be held.
        if self._held or first is None or self._now_s < first.since_s + self._setting.ageing_s:
            return
        up = [node for node in self.nodes.values() if not node.trouble]
        if node := node_to_hold(Wish(first.need), up, self._setting.rules):
            self._held = first, node.name
            held = {node.name: "whoever has waited longest"}
            self._rules_for_others = dataclasses.replace(self._setting.rules, held=held)

    def _let_go_of(self, one: Waiting) -> None:
        if self._held and self._held[0] is one:
            self._freed.append(self._held[1])
            self._hold_another()

    def _hold_another(self) -> None:
        self._held, self._rules_for_others = None, self._setting.rules
        self._hold_one()

    def _go_down(self, outage: Outage) -> None:
        up = sorted(name for name, node in self.nodes.items() if not node.trouble)
        count = min(len(up), max(1, round(outage.share * len(self.nodes))))
        for name in self._random.sample(up, count):
            self.nodes[name] = dataclasses.replace(self.nodes[name], trouble="it is down")
            for one in [one for one in self._running.values() if one.node == name]:
                self.counts["interrupted"] += 1
                left_s = one.left_s - (self._now_s - one.since_s)
                self._running[one.number] = dataclasses.replace(one, since_s=self._now_s, left_s=left_s)
            if self._held and self._held[1] == name:
                self._hold_another()
            self._at(self._now_s + outage.lasts_s, _GIVES, partial(self._come_back, name))

    def _come_back(self, name: str) -> None:
        self.nodes[name] = dataclasses.replace(self.nodes[name], trouble="")
        for one in [one for one in self._running.values() if one.node == name]:
            self._go_on(dataclasses.replace(one, since_s=self._now_s))
        self._hold_one()
        self._freed.append(name)
