"""Carrying out one order: step by step, journalled before each; a failure undoes in reverse what was done."""

import logging
from collections.abc import Callable

from stratus.errors import StaleOrder, StratusError
from stratus.model.argv import Argv
from stratus.model.confinement import check_confined
from stratus.model.order import NOT_UNDONE, Fault, Order, Report, StepTiming
from stratus.model.steps import Step
from stratus.nodeagent.deeds import DEEDS
from stratus.nodeagent.doors import Doors
from stratus.nodeagent.journal import Journal, Seen

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


def give_up(order: Order, doors: Doors, journal: Journal, clock: Callable[[], float], reason: str) -> Report:
    """The report on an order that meets errors that nobody expected, again and again: what it began is undone."""
    ended = journal.ended(order.id)
    if ended is not None:
        return ended
    fault = Fault("StratusError", f"the node's agent gave the order up: {reason}", "see the agent's log on the node")
    report = _Work(order, doors, journal, clock).given_up(fault)
    journal.end(report)
    return report


def _refused(order: Order, journal: Journal, clock: Callable[[], float]) -> Report | None:
    seen = journal.seen(order.instance_id)
    if (order.epoch, order.generation) > (seen.epoch, seen.generation) or seen.order_id == order.id:
        journal.saw(order.instance_id, Seen(order.epoch, order.generation, order.id))
        return None
    stale = StaleOrder(
        f"generation {order.generation} of epoch {order.epoch} of instance {order.instance_id} is not after"
        f" generation {seen.generation} of epoch {seen.epoch}"
    )
    fault = Fault(stale.code, stale.message)
    return Report(order.id, order.instance_id, order.generation, fault, (), clock())


class _Work:
    """One order in hand."""

    def __init__(self, order: Order, doors: Doors, journal: Journal, clock: Callable[[], float]) -> None:
        self._order, self._doors, self._journal, self._clock = order, doors, journal, clock
        self._called = f"{order.id} {order.request}".rstrip()  # as the log names it
        self._past = journal.past(order.id)
        self._begun = set(self._past.begun)
        self._timings = [self._past.finished[number] for number in sorted(self._past.finished)]
        self._timings += [self._past.failed] if self._past.failed else []

    def report(self) -> Report:
        """Do what is left to do; or, where an earlier life was undoing, undo the rest."""
        fault = self._past.fault
        if fault is None:
            fault = self._do_all()
        else:
            self._undo(StratusError)
        return self._report(fault)

    def given_up(self, fault: Fault) -> Report:
        """Undo what was begun, whatever errors that meets."""
        self._undo(Exception)
        return self._report(self._past.fault or fault)

    def _report(self, fault: Fault | None) -> Report:
        order = self._order
        return Report(order.id, order.instance_id, order.generation, fault, tuple(self._timings), self._clock())

    def _do_all(self) -> Fault | None:
        for number, step in enumerate(self._order.steps):
            if number in self._past.finished:
                continue
            began = self._clock()
            try:
                self._do(number, step, began)
            except StratusError as error:
                log.info("order %s: %s failed: %s", self._called, step.title, error)
                fault, failed = Fault(error.code, error.message, error.hint), self._timing(step, "failed", began)
                self._journal.undo(self._order.id, fault, failed)
                self._timings.append(failed)
                self._undo(StratusError)
                return fault
        return None

    def _do(self, number: int, step: Step, began: float) -> None:
        """Do one step. What was done already, and not by an earlier life of this order, is never undone."""
        check_confined(step, self._doors.state_dir)
        deed = DEEDS[type(step)]
        if not deed.is_done(self._doors, step):
            self._journal.begin(self._order.id, number)
            self._begun.add(number)
            deed.do(self._doors, step)
        timing = self._timing(step, "did" if number in self._begun else "was done", began)
        self._journal.finish(self._order.id, number, timing)
        self._timings.append(timing)
        log.info("order %s: %s %s in %.3f s", self._called, timing.outcome, step.title, timing.took_s)

    def _undo(self, survivable: type[Exception]) -> None:
        for number in sorted(self._begun, reverse=True):
            step = self._order.steps[number]
            undo = DEEDS[type(step)].undo
            if undo is None:
                continue
            began = self._clock()
            try:
                undo(self._doors, step)
            except survivable as error:
                log.warning("order %s: undoing %s failed: %s", self._called, step.title, error)
                self._timings.append(self._timing(step, f"{NOT_UNDONE}: {error}", began))
            else:
                self._timings.append(self._timing(step, "undone", began))

    def _timing(self, step: Step, outcome: str, began: float) -> StepTiming:
        commands = () if outcome == "was done" else _explained(step)
        took_s = max(0.0, self._clock() - began)  # the clock may have been set back
        return StepTiming(step.title, outcome, began, took_s, commands)


def _explained(step: Step) -> tuple[Argv, ...]:
    """The command lines; none for a step that makes no sense, since its explanation is refused like itself."""
    try:
        return step.explain()
    except StratusError:
        return ()
