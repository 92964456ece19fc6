"""Carrying out one order: step by step, journalled before each; a failure undoes in reverse what was done."""

import logging
from collections.abc import Callable

from stratus.errors import StaleOrder, StratusError
from stratus.model.order import Fault, Order, Report, StepTiming
from stratus.model.steps import Step
from stratus.nodeagent.deeds import DEEDS
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal

log = logging.getLogger(__name__)


def carry_out(order: Order, doors: Doors, journal: Journal, clock: Callable[[], float]) -> Report:
    """The report on the order. It may be called again for the same order, also after the agent was killed in the
    middle: what is done stays done, and what ended is only reported again. Never raises for what a step raises."""
    ended = journal.ended(order.id)
    if ended is not None:
        return ended
    report = _refused(order, journal, clock) or _Work(order, doors, journal, clock).report()
    journal.end(report)
    return report


def _refused(order: Order, journal: Journal, clock: Callable[[], float]) -> Report | None:
    generation, order_id = journal.generation(order.instance_id)
    if order.generation > generation or order_id == order.id:
        journal.saw(order.instance_id, order.generation, order.id)
        return None
    stale = StaleOrder(f"generation {order.generation} of instance {order.instance_id} is not after {generation}")
    fault = Fault(stale.code, stale.message)
    return Report(order.id, order.instance_id, order.generation, fault, (), clock())


class _Work:
    """One order in hand."""

    def __init__(self, order: Order, doors: Doors, journal: Journal, clock: Callable[[], float]) -> None:
        self._order, self._doors, self._journal, self._clock = order, doors, journal, clock
        self._past = journal.past(order.id)
        self._timings: list[StepTiming] = []

    def report(self) -> Report:
        fault = None
        if self._past.undoing:
            fault = Fault("StratusError", "the agent was stopped while it undid this order")
            self._undo(tuple(sorted(self._past.begun)))
        else:
            fault = self._do_all()
        order = self._order
        return Report(order.id, order.instance_id, order.generation, fault, tuple(self._timings), self._clock())

    def _do_all(self) -> Fault | None:
        touched: list[int] = []
        for number, step in enumerate(self._order.steps):
            if number in self._past.finished:
                timing = self._past.finished[number]
                self._timings.append(timing)
                touched += [number] if timing.outcome == "did" else []
                continue
            touched.append(number)
            try:
                timing = self._do(number, step)
            except StratusError as error:
                log.info("order %s: %s failed: %s", self._order.id, step.title, error)
                self._journal.undo(self._order.id)
                self._undo(tuple(touched))
                return Fault(error.code, error.message, error.hint)
            if timing.outcome == "was done" and number not in self._past.begun:
                touched.pop()
        return None

    def _do(self, number: int, step: Step) -> StepTiming:
        deed = DEEDS[type(step)]
        began = self._clock()
        if deed.is_done(self._doors, step):
            timing = StepTiming(step.title, "was done", began, self._clock() - began)
        else:
            self._journal.begin(self._order.id, number)
            try:
                deed.do(self._doors, step)
            except StratusError:
                self._timings.append(self._timing(step, "failed", began))
                raise
            timing = self._timing(step, "did", began)
        self._journal.finish(self._order.id, number, timing)
        self._timings.append(timing)
        log.info("order %s: %s %s in %.3f s", self._order.id, timing.outcome, step.title, timing.took_s)
        return timing

    def _undo(self, numbers: tuple[int, ...]) -> None:
        for number in reversed(numbers):
            step = self._order.steps[number]
            undo = DEEDS[type(step)].undo
            if undo is None:
                continue
            began = self._clock()
            try:
                undo(self._doors, step)
            except StratusError as error:
                log.warning("order %s: undoing %s failed: %s", self._order.id, step.title, error)
                self._timings.append(self._timing(step, f"not undone: {error.message}", began))
            else:
                self._timings.append(self._timing(step, "undone", began))

    def _timing(self, step: Step, outcome: str, began: float) -> StepTiming:
        return StepTiming(step.title, outcome, began, self._clock() - began, step.explain())
