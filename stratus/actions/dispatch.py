"""dispatch: move orders out to the nodes and reports in, inline or once; `resident.py` does it without end."""

import json
import logging
from collections.abc import Callable, Iterator
from functools import partial

from stratus.actions import collect, observe, records, recover, retry, ship
from stratus.actions.forget import forget
from stratus.actions.side_by_side import side_by_side
from stratus.actions.term import Term, inline_term
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import BadInput, Conflict, NoCapacity, NodeUnreachable, NotFound, StaleOrder, StratusError
from stratus.model.codec import decode, encode
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.order import Dispatched, Fault, Report
from stratus.model.states import State

log = logging.getLogger(__name__)
RESEND_S = 10.0
LOOK_S = 8.0  # what a command that dispatches by itself allows a node to answer; more than the agent allows its libvirt
BATCH_BYTES = 4 * 2**20  # of orders in one line to a node; one that is larger goes alone


def nudge(cloud: Cloud) -> None:
    """Move what waits, unless a dispatcher runs already; what is committed meanwhile by others is moved too."""
    while nodes := [node for node in _nodes_with_orders(cloud) if not node.trouble and deliverable(cloud, node)]:
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
        return True


def once(cloud: Cloud) -> tuple[int, int]:
    """Orders out, reports in and a sweep, for every node: how many answered, of how many.

    Raises Conflict when another dispatcher is at work."""
    with inline_term(cloud) as term:
        if term is None:
            raise Conflict("a dispatcher runs already", hint="nothing to do")
        nodes = [node for node, _ in records.nodes(cloud.ledger)]
        well = _each(nodes, lambda node: guarded(cloud, node, partial(_visit, cloud, node, term)))
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


def deliver(cloud: Cloud, node: Node, term: Term, *, patience_s: float = 20.0) -> None:
    """Send what is due to the node, oldest first. Orders are marked before they are sent, so that a newer one may
    replace one only while it surely has not left; and only if the node answers at all."""
    due = deliverable(cloud, node)
    if due:
        term.take(node, timeout_s=patience_s)
    missing = {order.order.id: ship.lacking(node, order) for order in due}
    _send(cloud, node, [order for order in due if not missing[order.order.id]], term)
    for identifier in dict.fromkeys(filter(None, missing.values())):
        waiting = [order for order in due if missing[order.order.id] == identifier]
        try:
            if ship.ship(cloud, node, identifier, term):
                _send(cloud, node, waiting, term)
        except (BadInput, NoCapacity, NotFound) as refusal:
            for order in waiting:
                _refuse(cloud, node, order, refusal, term)


def _send(cloud: Cloud, node: Node, due: list[Dispatched], term: Term) -> None:
    """Mark orders, and hand over those that are still there then."""
    for batch in _batches(due):
        marked = [retry.on_conflict(cloud, partial(_mark, cloud, order.order.id, term)) for order in batch]
        left = [order for order in marked if order is not None]
        if left:
            _submit(cloud, node, left, term)


def _refuse(cloud: Cloud, node: Node, waiting: Dispatched, refusal: StratusError, term: Term) -> None:
    """End an order as failed that the node cannot be made ready for."""
    marked = retry.on_conflict(cloud, partial(_mark, cloud, waiting.order.id, term))
    if marked is not None:
        order = marked.order
        fault = Fault(refusal.code, f"{node.name} cannot be given the image: {refusal.message}", refusal.hint)
        _settle(cloud, Report(order.id, order.instance_id, order.generation, fault, (), cloud.clock()), term)


def bring_in(cloud: Cloud, node: Node, term: Term, *, wait_s: float, patience_s: float = 30.0) -> None:
    """Settle the reports that the node has ready (waiting up to `wait_s` for one).

    One that cannot be settled keeps the others from nothing; it is raised when they are done, and comes again."""
    answer = term.call(node, "collect", {"wait_s": wait_s, "limit": 100}, timeout_s=wait_s + patience_s)
    names = []
    trouble: StratusError | None = None
    for name, body in answer["reports"]:
        try:
            _settle(cloud, decode(Report, body), term)
        except (BadInput, Conflict) as error:
            log.error("node %s: report %s cannot be settled: %s", node.name, name, error)
            trouble = error
        else:
            names.append(name)
    if names:
        term.call(node, "acknowledge", {"names": names}, timeout_s=30.0)
    if trouble is not None:
        raise trouble


def deliverable(cloud: Cloud, node: Node) -> list[Dispatched]:
    """Orders that wait, and those that were sent so long ago without an answer that they may have been lost."""
    now = cloud.clock()
    orders = records.orders(cloud.ledger, {"node": node.name})
    # One that was sent in the time to come: the clock was set back, and it may have been lost as well.
    return [order for order in orders if order.status == "waiting" or not 0 <= now - order.sent_s <= RESEND_S]


def guarded(cloud: Cloud, node: Node, deed: Callable[[], object]) -> bool:
    """Do it; a node that does not answer, or obeys another front end, is noted with its trouble, and one that answers
    again is noted as well."""
    try:
        deed()
    except (NodeUnreachable, StaleOrder) as error:
        log.info("node %s: %s", node.name, error)
        observe.note(cloud, node.name, trouble=error.message, mend=error.hint)
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
    if recover.after_sweep(cloud, node):
        deliver(cloud, node, term)
    ship.tidy(cloud, node, term)


def _nodes_with_orders(cloud: Cloud) -> list[Node]:
    busy = {order.node for order in records.orders(cloud.ledger)}
    return [records.node(cloud.ledger, name)[0] for name in sorted(busy)]


def _batches(orders: list[Dispatched]) -> Iterator[list[Dispatched]]:
    """The orders in their order, as many at a time as one line may carry."""
    batch: list[Dispatched] = []
    size = 0
    for order in orders:
        length = len(json.dumps(encode(order.order)))
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(order)
        size += length
    if batch:
        yield batch


def _submit(cloud: Cloud, node: Node, orders: list[Dispatched], term: Term) -> None:
    """Hand orders over. One that the node refuses to take ends as failed; else it would stand in the others' way."""
    try:
        term.call(node, "submit", {"orders": [encode(order.order) for order in orders]}, timeout_s=30.0)
    except BadInput as refusal:
        if len(orders) > 1:
            for one in orders:
                _submit(cloud, node, [one], term)
            return
        order = orders[0].order
        fault = Fault(refusal.code, f"{node.name} does not take the order: {refusal.message}", refusal.hint)
        _settle(cloud, Report(order.id, order.instance_id, order.generation, fault, (), cloud.clock()), term)


def _settle(cloud: Cloud, report: Report, term: Term) -> None:
    retry.on_conflict(cloud, lambda: collect.settle(cloud, report, term.lease()))


def _mark(cloud: Cloud, order_id: str, term: Term) -> Dispatched | None:
    """The order if it is still there to be sent; then it is marked, and its instance moves on."""
    found = records.read(cloud.ledger, records.ORDER, order_id, Dispatched)
    if found is None:
        return None
    dispatched, revision = found
    sent = dispatched.sent_at(cloud.clock(), term.hold(dispatched.node).epoch)
    changes: list[Put | Delete] = [records.put_order(sent, expect=revision)]
    if dispatched.status == "waiting" and dispatched.order.verb in ("run", "start"):
        key = records.key_of(dispatched.order.instance_id)
        living = records.read(cloud.ledger, records.INSTANCE, key, Instance)
        if living is not None and living[0].order == order_id and living[0].state is State.PENDING:
            moved = living[0].moved_to(State.PROLOG, at_s=cloud.clock())
            changes += records.put_instance(moved, living[1])
            changes.append(records.remember(cloud.ledger, moved, cloud.clock(), f"sent to {moved.node}"))
    cloud.ledger.commit(changes, fence=term.lease())
    return sent
