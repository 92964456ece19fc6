"""Mending: findings' mends carried out as ordinary orders and commits, each only while it is what it was judged by."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from stratus.actions import dispatch, epoch, records, retry
from stratus.actions.doctor.correct import changes_of
from stratus.actions.doctor.reading import Looks
from stratus.actions.promise import Change, order_key, promise, take_numbers
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict, DeadlineExceeded, StratusError
from stratus.model.codec import decode
from stratus.model.doctor.finding import Finding, Mend, Mended
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.order import Dispatched, Order, Report
from stratus.model.requests import Actor
from stratus.model.role import Role
from stratus.model.states import State

DOCTOR = Actor("the doctor", Role.ADMIN)
VERB = "mend"
REPORTS_S = 120.0
POLL_S = 0.25


def mend(cloud: Cloud, findings: Sequence[Finding], looks: Looks) -> list[Mended]:
    """Carry out one mend for each instance, and all that are about none; wait until the nodes have reported."""
    work = _Work(cloud, looks)
    tried = {finding: work.begin(finding.mend) for finding in _one_each(findings)}
    dispatch.nudge(cloud)
    work.await_reports([answer.order for answer in tried.values() if answer.order])
    if any(finding.mend.look for finding in tried):
        dispatch.refresh(cloud, older_than_s=0.0)
    return [Mended(finding, answer.trouble or work.trouble_of(answer.order)) for finding, answer in tried.items()]


@dataclass(frozen=True)
class _Begun:
    """What became of a mend so far: the order that was promised for it, or why nothing was done."""

    order: str = ""
    trouble: str = ""


def _one_each(findings: Sequence[Finding]) -> list[Finding]:
    """Findings with mends that differ, at most one for each instance: the next round judges that anew."""
    chosen: list[Finding] = []
    instances: set[int] = set()
    for finding in findings:
        if finding.mend.instance in instances or any(finding.mend == other.mend for other in chosen):
            continue
        chosen.append(finding)
        if finding.mend.instance:
            instances.add(finding.mend.instance)
    return chosen


@dataclass
class _Work:
    """One round of mending."""

    cloud: Cloud
    looks: Looks
    _given: dict[tuple[str, int], int] = field(default_factory=dict)  # generations that this round has used

    def begin(self, mend: Mend) -> _Begun:
        """Commit corrections, or promise the order."""
        try:
            if mend.close_key:
                self.cloud.premises.close_key()
            if mend.corrections:
                changes = [change for one in mend.corrections for change in changes_of(self.cloud, one)]
                self.cloud.ledger.commit(changes)
            if mend.steps:
                return _Begun(self._of_living(mend) if mend.goal else self._of_none(mend))
        except StratusError as error:
            return _Begun(trouble=error.message)
        return _Begun()

    def await_reports(self, orders: Sequence[str]) -> None:
        """Until none of the orders is under way any more, or for so long."""
        deadline, seen = self.cloud.monotonic() + REPORTS_S, 0
        while any(self.cloud.ledger.get(records.ORDER, order) for order in orders):
            if self.cloud.monotonic() > deadline:
                return
            seen = self.cloud.ledger.revision()
            if not dispatch.pump(self.cloud, wait_s=POLL_S):
                self.cloud.ledger.changes(seen, timeout_s=POLL_S)

    def trouble_of(self, order: str) -> str:
        """Why an order failed, or is not done yet; "" if all is well."""
        if not order:
            return ""
        document = self.cloud.ledger.get(records.ORDER_ARCHIVE, order)
        if document is None:
            return DeadlineExceeded(f"order {order} is still under way").message
        fault = decode(Report, document.body["report"]).fault
        return fault.message if fault else ""

    def _of_living(self, mend: Mend) -> str:
        """An order about a living instance, which is as it was judged."""
        judged, revision = records.instance(self.cloud.ledger, mend.instance)
        goal = mend.goal or judged.state
        if revision != mend.revision:
            raise Conflict(f"instance {mend.instance} has changed meanwhile")

        def decide(instance: Instance, blueprint: Blueprint, node: Node) -> Change:
            if instance != judged:
                raise Conflict(f"instance {mend.instance} has changed meanwhile")
            off = instance.state in (State.FAILED, State.STOPPED) and goal is State.RUNNING
            return Change(State.PENDING if off else instance.state, goal, mend.steps)

        accepted = promise(self.cloud, DOCTOR, (str(mend.instance),), VERB, decide, plan=False)
        return accepted.instances[0].order

    def _of_none(self, mend: Mend) -> str:
        """An order about what no living instance has; its generation follows the last one that the node carried out."""
        generations = self.looks.seen[mend.node].generations
        generation = self._given.get((mend.node, mend.instance), generations.get(str(mend.instance), 0)) + 1
        self._given[mend.node, mend.instance] = generation
        return retry.on_conflict(self.cloud, partial(_order, self.cloud, mend, generation))


def _order(cloud: Cloud, mend: Mend, generation: int) -> str:
    changes: list[Put | Delete] = []
    (number,) = take_numbers(cloud, "order", 1, changes)
    order_id = order_key(number, mend.instance)
    order = Order(order_id, mend.instance, generation, epoch.current(cloud), VERB, mend.steps)
    cloud.ledger.commit([*changes, records.put_order(Dispatched(order, mend.node, "waiting", cloud.clock()))])
    return order_id
