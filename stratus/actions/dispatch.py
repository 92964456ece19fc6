"""dispatch: move orders out to the nodes and reports in, inline or once; `resident.py` does it without end."""

import logging
from collections.abc import Callable
from functools import partial

from stratus.actions import collect, interrupted, observe, records, ship
from stratus.actions.deliver import deliver, is_due
from stratus.actions.expire import expire
from stratus.actions.forget import forget
from stratus.actions.side_by_side import side_by_side
from stratus.actions.term import Term, inline_term
from stratus.actions.waiting import give_room
from stratus.cloud import Cloud
from stratus.errors import BadInput, Conflict, NodeUnreachable, StaleOrder, StratusError
from stratus.model.codec import decode
from stratus.model.node import Node
from stratus.model.order import Report

log = logging.getLogger(__name__)
TRIES = 3  # of settling a report
LOOK_S = 8.0  # what a command that dispatches by itself allows a node to answer; more than the agent allows its libvirt


def nudge(cloud: Cloud) -> None:
    """Move what waits, unless a dispatcher runs already; what is committed meanwhile by others is moved too."""
    give_room(cloud)
    while nodes := [node for node in _nodes_with_orders(cloud) if not node.trouble and is_due(cloud, node)]:
        with inline_term(cloud) as term:
            if term is None:
                return
            if _each(
                nodes, lambda node: guarded(cloud, node, partial(deliver, cloud, node, term, patience_s=LOOK_S))
            ) < len(nodes):
                return


def pump(cloud: Cloud, name: str = "", *, wait_s: float = 0.0) -> bool:
    """One round inline: orders out, and reports in (waiting up to `wait_s` for one), with one node or with all that
    have orders. False: a dispatcher runs."""
    with inline_term(cloud) as term:
        if term is None:
            return False
        nodes = [node for node in _nodes_with_orders(cloud) if name in ("", node.name)]
        _each(nodes, lambda node: guarded(cloud, node, partial(_round, cloud, node, term, wait_s)))
        give_room(cloud)
        return True


def once(cloud: Cloud) -> tuple[int, int]:
    """Orders out, reports in and a sweep, for every node: how many answered, of how many.

    Raises Conflict when another dispatcher is at work."""
    with inline_term(cloud) as term:
        if term is None:
            raise Conflict("a dispatcher runs already, and does this by itself", hint="stratus node list")
        nodes = [node for node, _ in records.nodes(cloud.ledger)]
        well = _each(nodes, lambda node: guarded(cloud, node, partial(_visit, cloud, node, term)))
        if give_room(cloud):
            _each(nodes, lambda node: guarded(cloud, node, partial(deliver, cloud, node, term, patience_s=LOOK_S)))
        forget(cloud, term.lease())
        return well, len(nodes)


def refresh(cloud: Cloud, *, older_than_s: float, within_s: float = LOOK_S) -> None:
    """Visit the nodes whose last sweep is older than that, unless a dispatcher does so; `within_s` for all of them. One
    that did not answer is not asked again before as much time has passed."""
    late = observe.late(cloud, older_than_s)
    if not late:
        return
    with inline_term(cloud) as term:
        if term is None:
            return
        visit = partial(guarded, cloud)
        _, silent = side_by_side(late, lambda node: visit(node, partial(_visit, cloud, node, term)), within_s=within_s)
        for node in silent:
            observe.note(cloud, node.name, trouble=f"it took more than {within_s:g} s", mend="stratus dispatch --once")


def bring_in(cloud: Cloud, node: Node, term: Term, *, wait_s: float, patience_s: float = 30.0) -> None:
    """Settle the reports that the node has ready (waiting up to `wait_s` for one).

    One that cannot be settled keeps the others from nothing. It is raised when they are done, and comes again; the
    third time in this term it is put aside on the node, where `doctor` finds it."""
    answer = term.call(node, "collect", {"wait_s": wait_s, "limit": 100}, timeout_s=wait_s + patience_s)
    reports: dict[str, Report] = {}
    troubles: dict[str, StratusError] = {}
    for name, body in answer["reports"]:
        try:
            reports[name] = decode(Report, body)
        except BadInput as error:
            troubles[name] = StratusError(f"it cannot be read: {error.message}")
    with term.settling:
        refused = collect.settle_all(cloud, list(reports.values()), term.lease)
    troubles |= {name: refused[report.order_id] for name, report in reports.items() if report.order_id in refused}
    names = [name for name in reports if name not in troubles]
    if names:
        term.call(node, "acknowledge", {"names": names}, timeout_s=30.0)
    if troubles:
        _refuse(node, term, troubles)


def _refuse(node: Node, term: Term, troubles: dict[str, StratusError]) -> None:
    """Put aside what came too often; raise the trouble of what may yet be settled."""
    term.lease()  # raises where reports are only ours to settle no more
    term.refusals.update((node.name, name) for name in troubles)
    spent = {name: why for name, why in troubles.items() if term.refusals[node.name, name] >= TRIES}
    if spent:
        term.call(node, "refuse", {"reasons": {name: why.message for name, why in spent.items()}}, timeout_s=30.0)
        for name, why in spent.items():
            log.error("node %s: report %s was put aside: %s", node.name, name, why)
            del term.refusals[node.name, name]
    for name in sorted(troubles.keys() - spent.keys()):
        raise StratusError(f"report {name} cannot be settled: {troubles[name].message}", hint="stratus doctor")


def guarded(cloud: Cloud, node: Node, deed: Callable[[], object]) -> bool:
    """Do it; a node that does not answer, or obeys another front end, is noted with its trouble, and one that answers
    again is noted as well."""
    try:
        deed()
    except (NodeUnreachable, StaleOrder) as error:
        log.info("node %s: %s", node.name, error)
        observe.note(cloud, node.name, trouble=error.message, mend=error.hint)
        expire(cloud, node.name)
        return False
    except StratusError as error:
        log.warning("node %s: %s", node.name, error)
        return False
    if node.trouble:
        observe.note(cloud, node.name, trouble="")
    return True


def _each(nodes: list[Node], deed: Callable[[Node], bool]) -> int:
    """With how many nodes it went well; each call in it has its deadline."""
    return sum(well for _, well in side_by_side(nodes, deed)[0])


def _round(cloud: Cloud, node: Node, term: Term, wait_s: float) -> None:
    deliver(cloud, node, term, patience_s=LOOK_S)
    bring_in(cloud, node, term, wait_s=wait_s, patience_s=LOOK_S)


def _visit(cloud: Cloud, node: Node, term: Term) -> None:
    _round(cloud, node, term, 0.0)
    if interrupted.after_sweep(cloud, node):
        deliver(cloud, node, term)
    ship.tidy(cloud, node, term)


def _nodes_with_orders(cloud: Cloud) -> list[Node]:
    return [node for node, _ in records.nodes(cloud.ledger) if records.awaits_reports(cloud.ledger, node.name)]
