"""collect: what a report makes of an instance. The transition table refuses nonsense."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial

from stratus.actions import records, reserve, retry
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Lease, Put
from stratus.errors import BadInput, Conflict
from stratus.model.codec import encode
from stratus.model.history import Entry
from stratus.model.instance import Instance
from stratus.model.order import Dispatched, Report
from stratus.model.states import State

FIX_AFTER = {
    "run": "stratus kill {id}, then run it again; stratus why {id} tells more",
    "start": "stratus start {id}",
    "stop": "stratus stop --force {id}",
    "shutdown": "stratus kill {id}",
    "kill": "stratus kill {id}",
    "reboot": "stratus reboot --hard {id}",
    "mend": "stratus doctor",
}


def settle_all(cloud: Cloud, reports: Sequence[Report], lease: Callable[[], Lease]) -> dict[str, BadInput | Conflict]:
    """Save what the reports say, in as few commits as may be: the instances' new states, what they give back, their
    histories, the archived orders. Gives what kept any from being settled, by order; the others are.

    A report that came twice, or of an order that a newer one has replaced, changes no state."""
    refused: dict[str, BadInput | Conflict] = {}
    at, length = 0, len(reports)
    while at < len(reports):
        part = reports[at : at + length]
        try:
            at += retry.on_conflict(cloud, partial(_settle_first, cloud, part, lease))
        except (BadInput, Conflict) as error:
            if len(part) == 1:
                refused[part[0].order_id] = error
                at += 1
            length = 1  # one spoils it for all: each alone
    return refused


def _settle_first(cloud: Cloud, reports: Sequence[Report], lease: Callable[[], Lease]) -> int:
    """Settle by one commit the first of the reports that have no document in common; how many these are."""
    together: dict[tuple[str, str], Put | Delete] = {}
    settled = 0
    for report in reports:
        more = {(each.kind, each.key): each for each in changes(cloud, report)}
        if together.keys() & more.keys():
            break
        together |= more
        settled += 1
    cloud.ledger.commit(list(together.values()), fence=lease())
    return settled


def changes(cloud: Cloud, report: Report) -> list[Put | Delete]:
    """What one report changes in the ledger as it stands."""
    found = records.read(cloud.ledger, records.ORDER, report.order_id, Dispatched)
    if found is None:
        return []
    dispatched, revision = found
    found_out: list[Put | Delete] = [Delete(records.ORDER, report.order_id, revision), _archived(dispatched, report)]
    living = records.read(cloud.ledger, records.INSTANCE, records.key_of(report.instance_id), Instance)
    if living is not None:
        found_out += _outcome(cloud, dispatched.order.verb, report, *living)
    return found_out


def _outcome(cloud: Cloud, verb: str, report: Report, instance: Instance, revision: int) -> list[Put | Delete]:
    if instance.order != report.order_id:
        entry = Entry(report.ended_s, instance.state, f"{verb} ended, but a newer order is under way", report.timings)
        return [records.add_to_history(cloud.ledger, instance.id, entry)]
    after, entries = (_reached_goal if report.done else _went_wrong)(verb, report, instance)
    after, given_back = reserve.release(
        cloud, after, capacity=_is_off(verb, report, after), lease=_is_nothing(verb, report, after)
    )
    history = records.add_to_history(cloud.ledger, instance.id, *entries)
    return [*given_back, *records.put_instance(after, revision), history]


def _reached_goal(verb: str, report: Report, instance: Instance) -> tuple[Instance, list[Entry]]:
    entries = []
    if instance.goal is State.RUNNING and instance.state in (State.PENDING, State.PROLOG):
        started = [timing.started_s for timing in report.timings if timing.title.startswith("start ")]
        instance = instance.moved_to(State.BOOT, at_s=started[0] if started else report.ended_s)
        entries.append(Entry(instance.changed_s, State.BOOT, "disks, context and network are ready"))
    after = instance.moved_to(instance.goal, at_s=report.ended_s).settled()
    return after, [*entries, Entry(report.ended_s, after.state, f"{verb} is done", report.timings)]


def _went_wrong(verb: str, report: Report, instance: Instance) -> tuple[Instance, list[Entry]]:
    assert report.fault is not None
    state = State.RUNNING if verb in ("stop", "shutdown", "reboot") else State.FAILED
    if verb == "mend" and instance.state is not State.PENDING:
        state = instance.state
    own = report.fault.hint.startswith("stratus ")
    fix = report.fault.hint if own else FIX_AFTER[verb].format(id=instance.id)
    after = instance.moved_to(state, at_s=report.ended_s, error=report.fault.message, fix=fix).settled()
    return after, [Entry(report.ended_s, state, f"{verb} failed: {report.fault.message}", report.timings)]


def _is_off(verb: str, report: Report, after: Instance) -> bool:
    """Whether it surely uses no CPU and RAM. After a kill that failed, or an undo that did, it may still run."""
    if after.state is State.FAILED:
        return report.clean and verb != "kill"
    return after.state in (State.STOPPED, State.SUSPENDED, State.DONE)


def _is_nothing(verb: str, report: Report, after: Instance) -> bool:
    """Whether nothing is left of it: it is done, or its run failed and the node has undone everything."""
    return after.state is State.DONE or (verb == "run" and after.state is State.FAILED and report.clean)


def _archived(dispatched: Dispatched, report: Report) -> Put:
    """The order without its steps' contents (a context may hold secrets), with what was done."""
    slim = dataclasses.replace(dispatched, order=dataclasses.replace(dispatched.order, steps=()))
    body = {"order": encode(slim), "report": encode(report)}
    index = {"instance": str(report.instance_id), **records.of_request(slim.order)}
    return Put(records.ORDER_ARCHIVE, dispatched.order.id, body, index=index)
