"""deliver: orders out to one node, so many at a time, however many wait; each is marked as sent before it is sent."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from stratus.actions import collect, records, retry, ship
from stratus.actions.term import Term
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import BadInput, NoCapacity, NotFound, StratusError
from stratus.model.codec import encode
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.order import Dispatched, Fault, Report
from stratus.model.states import State

RESEND_S = 10.0
AT_ONCE = 10  # orders that are read, marked and sent together: few, so that the first of thousands leave soon
BATCH_BYTES = 4 * 2**20  # of orders in one line to a node; one that is larger goes alone


def deliver(cloud: Cloud, node: Node, term: Term, *, patience_s: float = 20.0) -> None:
    """Send what is due to the node, oldest first. Orders are marked before they are sent, so that a newer one may
    replace one only while it surely has not left; and only if the node answers at all."""
    taken = False
    lacking: dict[str, dict[str, Dispatched]] = {}  # by the image that the node does not have yet, and by the order
    for page in _pages_of_due(cloud, node):
        if not taken:
            term.take(node, timeout_s=patience_s)
            taken = True
        missing = {order.order.id: ship.lacking(node, order) for order in page}
        _send(cloud, node, [order for order in page if not missing[order.order.id]], term)
        for order in page:
            if identifier := missing[order.order.id]:
                lacking.setdefault(identifier, {})[order.order.id] = order
    for identifier, waiting in lacking.items():
        try:
            if ship.ship(cloud, node, identifier, term):
                _send(cloud, node, list(waiting.values()), term)
        except (BadInput, NoCapacity, NotFound) as refusal:
            for order in waiting.values():
                _refuse(cloud, node, order, refusal, term)


def is_due(cloud: Cloud, node: Node) -> bool:
    """Whether `deliver` would send something."""
    return any(True for _ in _pages_of_due(cloud, node))


def deliverable(cloud: Cloud, node: Node) -> list[Dispatched]:
    """All that `deliver` would send: orders that wait, and those that were sent so long ago without an answer that they
    may have been lost."""
    due = {order.order.id: order for page in _pages_of_due(cloud, node) for order in page}
    return [due[order_id] for order_id in sorted(due)]


def _pages_of_due(cloud: Cloud, node: Node) -> Iterator[Sequence[Dispatched]]:
    """Of many, those that wait first, which are found without reading the others; then what may have been lost."""
    pages = records.pages_of_orders(cloud.ledger, {"node": node.name}, AT_ONCE)
    first = next(pages, [])
    if len(first) == AT_ONCE:
        yield from records.pages_of_orders(cloud.ledger, {"waiting": node.name}, AT_ONCE)
    for page in chain([first], pages):
        due = [order for order in page if _is_due(order, cloud.clock())]
        if due:
            yield due


def _is_due(order: Dispatched, now_s: float) -> bool:
    """Whether it waits, or may have been lost. One that was sent in the time to come: the clock was set back."""
    return order.status == "waiting" or not 0 <= now_s - order.sent_s <= RESEND_S


def _send(cloud: Cloud, node: Node, due: Sequence[Dispatched], term: Term) -> None:
    """Mark orders, and hand over those that are still there then."""
    for batch in _batches(due):
        marked = retry.on_conflict(cloud, partial(_mark, cloud, batch, term))
        if marked:
            _submit(cloud, node, marked, term)


def _refuse(cloud: Cloud, node: Node, waiting: Dispatched, refusal: StratusError, term: Term) -> None:
    """End an order as failed that the node cannot be made ready for."""
    for marked in retry.on_conflict(cloud, partial(_mark, cloud, [waiting], term)):
        order = marked.order
        fault = Fault(refusal.code, f"{node.name} cannot be given the image: {refusal.message}", refusal.hint)
        report = Report(order.id, order.instance_id, order.generation, fault, (), cloud.clock())
        collect.settle_all(cloud, [report], term.lease)


def _batches(orders: Sequence[Dispatched]) -> Iterator[list[Dispatched]]:
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


def _mark(cloud: Cloud, orders: Sequence[Dispatched], term: Term) -> list[Dispatched]:
    """Those that are still there to be sent, marked by one commit; their instances move on."""
    marked: list[Dispatched] = []
    changes: list[Put | Delete] = []
    for order_id in (order.order.id for order in orders):
        found = records.read(cloud.ledger, records.ORDER, order_id, Dispatched)
        if found is not None:
            sent = found[0].sent_at(cloud.clock(), term.hold(found[0].node).epoch)
            marked.append(sent)
            changes += [records.put_order(sent, expect=found[1]), *_moved_on(cloud, found[0])]
    cloud.ledger.commit(changes, fence=term.lease())
    return marked


def _moved_on(cloud: Cloud, dispatched: Dispatched) -> list[Put | Delete]:
    """What its being sent changes of the instance."""
    order = dispatched.order
    if dispatched.status != "waiting" or order.verb not in ("run", "start"):
        return []
    living = records.read(cloud.ledger, records.INSTANCE, records.key_of(order.instance_id), Instance)
    if living is None or living[0].order != order.id or living[0].state is not State.PENDING:
        return []
    moved = living[0].moved_to(State.PROLOG, at_s=cloud.clock())
    sent = records.remember(cloud.ledger, moved, cloud.clock(), f"sent to {moved.node}")
    return [*records.put_instance(moved, living[1]), sent]


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
        report = Report(order.id, order.instance_id, order.generation, fault, (), cloud.clock())
        collect.settle_all(cloud, [report], term.lease)
