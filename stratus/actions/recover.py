"""recover: instances that ran when their node went down run again; a lost ledger is rebuilt from the nodes."""

import dataclasses
from functools import partial

from stratus.actions import epoch, observe, records, retry
from stratus.actions.doctor.correct import beyond, changes_of
from stratus.actions.doctor.reading import look, read, with_ended
from stratus.actions.interrupted import interrupted, start_again
from stratus.actions.side_by_side import side_by_side
from stratus.cloud import Cloud
from stratus.errors import NodeUnreachable, NotFound, StratusError
from stratus.model.doctor.corrections import Correction
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.plan import Plan
from stratus.model.rebuild import rebuild
from stratus.model.recovery import Recovery
from stratus.model.requests import Actor, RecoverRequest
from stratus.model.views import TakenOver


def recover(cloud: Cloud, request: RecoverRequest, actor: Actor) -> Recovery:
    """What was recovered; with `plan`, what would be. May be repeated. A node that does not answer keeps the others
    from nothing. Raises NotFound, and NodeUnreachable when none does."""
    nodes = _chosen(cloud, request)
    taken = _take_over(cloud, request.plan) if request.take_over or request.ledger else None
    if request.ledger:
        return dataclasses.replace(_rebuild(cloud, nodes, request.plan), taken_over=taken)
    if request.take_over:
        return Recovery(taken_over=taken)
    seen, silent = _swept(cloud, nodes)
    return _start_all(cloud, seen, silent, plan=request.plan)


def _chosen(cloud: Cloud, request: RecoverRequest) -> list[Node]:
    if request.nodes:
        return [records.node(cloud.ledger, name)[0] for name in request.nodes]
    nodes = [node for node, _ in records.nodes(cloud.ledger)]
    if not nodes:
        raise NotFound("the ledger knows no node", hint="stratus install, then: stratus recover --ledger")
    return nodes


def _swept(cloud: Cloud, nodes: list[Node]) -> tuple[list[Node], list[str]]:
    """The nodes that were swept, and why others were not. Raises NodeUnreachable when no node answers."""
    answers, _ = side_by_side(nodes, partial(_sweep, cloud))
    silent = {node.name: error for node, error in answers if error is not None}
    if len(silent) == len(nodes):
        raise next(iter(silent.values()))
    seen = [node for node in nodes if node.name not in silent]
    return seen, [_silent(name, error.message) for name, error in silent.items()]


def _sweep(cloud: Cloud, node: Node) -> NodeUnreachable | None:
    try:
        observe.sweep(cloud, node)
    except NodeUnreachable as error:
        return error
    return None


def _silent(name: str, why: str) -> str:
    return f"{name} does not answer: {why.removeprefix(f'{name}: ')}"


def _take_over(cloud: Cloud, plan: bool) -> TakenOver:
    return TakenOver(epoch.current(cloud) + 1, ()) if plan else epoch.take_over(cloud)


def _start_all(cloud: Cloud, nodes: list[Node], silent: list[str], *, plan: bool) -> Recovery:
    answers = [start_again(cloud, one, plan) for node in nodes for one in interrupted(cloud, node)]
    return Recovery(
        started=tuple(one for one in answers if isinstance(one, Instance)),
        plans=tuple(one for one in answers if isinstance(one, Plan)),
        left=(*silent, *(one for one in answers if isinstance(one, str))),
    )


def _rebuild(cloud: Cloud, nodes: list[Node], plan: bool) -> Recovery:
    """The ledger completed from what the nodes have."""
    known = read(cloud)
    looks = look(cloud, nodes, known.instances)
    found = rebuild(with_ended(cloud, known, looks), looks.seen)
    entered: list[str] = []
    left = [_silent(name, why) for name, why in looks.silent.items()]
    for correction in found.corrections:
        try:
            if not plan:
                retry.on_conflict(cloud, partial(_enter, cloud, correction))
            entered.append(correction.title)
        except StratusError as error:
            left.append(f"{correction.title}: {error.message}")
    if not plan:
        retry.on_conflict(cloud, partial(_count_on, cloud, found.last_instance))
    return Recovery(entered=tuple(entered), left=(*left, *found.left))


def _enter(cloud: Cloud, correction: Correction) -> None:
    cloud.ledger.commit(changes_of(cloud, correction))


def _count_on(cloud: Cloud, last_instance: int) -> None:
    """No number is given out again that an instance had, also of those that left nothing but their number."""
    cloud.ledger.commit(beyond(cloud, "instance", last_instance))
