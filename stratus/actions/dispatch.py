"""dispatch: move orders out to the nodes and reports in, inline or once; `resident.py` does it without end."""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from stratus.actions import collect, observe, records, retry
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Lease, Put
from stratus.errors import Conflict, NodeUnreachable, StratusError
from stratus.model.codec import decode, encode
from stratus.model.node import Node
from stratus.model.order import Dispatched, Report
from stratus.model.states import State

log = logging.getLogger(__name__)
LEASE = "dispatch"
INLINE_LEASE_S = 45.0
RESEND_S = 10.0


def nudge(cloud: Cloud) -> None:
    """Move what waits, unless a dispatcher runs already; what is committed meanwhile by others is moved too."""
    while nodes := [node for node in _nodes_with_orders(cloud) if not node.trouble and deliverable(cloud, node)]:
        with _inline_lease(cloud) as lease:
            if lease is None:
                return
            if not all(guarded(cloud, node, partial(deliver, cloud, node, lease)) for node in nodes):
                return


def pump(cloud: Cloud, *, wait_s: float = 0.0) -> bool:
    """One round inline: orders out, and reports in (waiting up to `wait_s` for one). False: a dispatcher runs."""
    with _inline_lease(cloud) as lease:
        if lease is None:
            return False
        for node in _nodes_with_orders(cloud):
            guarded(cloud, node, partial(_round, cloud, node, lease, wait_s))
        return True


def once(cloud: Cloud) -> tuple[int, int]:
    """Orders out, reports in and a sweep, for every node: how many answered, of how many.

    Raises Conflict when another dispatcher is at work."""
    with _inline_lease(cloud) as lease:
        if lease is None:
            raise Conflict("a dispatcher runs already", hint="nothing to do")
        nodes = [node for node, _ in records.nodes(cloud.ledger)]
        return sum([guarded(cloud, node, partial(_visit, cloud, node, lease)) for node in nodes]), len(nodes)


def refresh(cloud: Cloud, *, older_than_s: float) -> None:
    """Visit the nodes whose last sweep is older than that, unless a dispatcher does so."""
    late = [node for node, _ in records.nodes(cloud.ledger) if observe.age_s(cloud, node.name) > older_than_s]
    if not late:
        return
    with _inline_lease(cloud) as lease:
        for node in late if lease is not None else ():
            assert lease is not None
            guarded(cloud, node, partial(_visit, cloud, node, lease))


def deliver(cloud: Cloud, node: Node, lease: Lease) -> int:
    """Send what is due to the node, oldest first; gives how many orders. Orders are marked before they are sent, so
    that a newer one may replace one only while it surely has not left; and only if the node answers at all."""
    due = deliverable(cloud, node)
    if due:
        cloud.links.to(node).call("ping", {}, timeout_s=20.0)
    due = [order for order in due if _mark_sent(cloud, order, lease)]
    if due:
        cloud.links.to(node).call("submit", {"orders": [encode(order.order) for order in due]}, timeout_s=30.0)
    return len(due)


def bring_in(cloud: Cloud, node: Node, lease: Lease, *, wait_s: float) -> int:
    """Settle the reports that the node has ready (waiting up to `wait_s` for one); gives how many."""
    answer = cloud.links.to(node).call("collect", {"wait_s": wait_s, "limit": 100}, timeout_s=wait_s + 30.0)
    names = []
    for name, body in answer["reports"]:
        retry.on_conflict(cloud, partial(collect.settle, cloud, decode(Report, body), lease))
        names.append(name)
    if names:
        cloud.links.to(node).call("acknowledge", {"names": names}, timeout_s=30.0)
    return len(names)


def deliverable(cloud: Cloud, node: Node) -> list[Dispatched]:
    """Orders that wait, and those that were sent so long ago without an answer that they may have been lost."""
    late = cloud.clock() - RESEND_S
    orders = records.orders(cloud.ledger, {"node": node.name})
    return [order for order in orders if order.status == "waiting" or order.sent_s < late]


def guarded(cloud: Cloud, node: Node, deed: Callable[[], object]) -> bool:
    """Do it; a node that does not answer is noted with its trouble, and one that answers again is noted as well."""
    try:
        deed()
    except NodeUnreachable as error:
        log.info("node %s: %s", node.name, error)
        observe.note(cloud, node.name, trouble=error.message)
        return False
    except StratusError as error:
        log.warning("node %s: %s", node.name, error)
        return False
    if node.trouble:
        observe.note(cloud, node.name, trouble="")
    return True


def owner() -> str:
    """A name that no other process or thread has, so that a lease is never shared by accident."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _round(cloud: Cloud, node: Node, lease: Lease, wait_s: float) -> None:
    deliver(cloud, node, lease)
    bring_in(cloud, node, lease, wait_s=wait_s)


def _visit(cloud: Cloud, node: Node, lease: Lease) -> None:
    _round(cloud, node, lease, 0.0)
    observe.sweep(cloud, node)


def _nodes_with_orders(cloud: Cloud) -> list[Node]:
    busy = {order.node for order in records.orders(cloud.ledger)}
    return [records.node(cloud.ledger, name)[0] for name in sorted(busy)]


def _mark_sent(cloud: Cloud, dispatched: Dispatched, lease: Lease) -> bool:
    return retry.on_conflict(cloud, partial(_mark, cloud, dispatched.order.id, lease))


def _mark(cloud: Cloud, order_id: str, lease: Lease) -> bool:
    """Whether the order is still there to be sent; then it is marked, and its instance moves on."""
    found = records.read(cloud.ledger, records.ORDER, order_id, Dispatched)
    if found is None:
        return False
    dispatched, revision = found
    changes: list[Put | Delete] = [records.put_order(dispatched.sent_at(cloud.clock()), expect=revision)]
    if dispatched.status == "waiting" and dispatched.order.verb in ("run", "start"):
        instance, instance_revision = records.instance(cloud.ledger, dispatched.order.instance_id)
        if instance.order == order_id and instance.state is State.PENDING:
            moved = instance.moved_to(State.PROLOG, at_s=cloud.clock())
            changes += records.put_instance(moved, instance_revision)
            changes.append(records.remember(cloud.ledger, moved, cloud.clock(), f"sent to {moved.node}"))
    cloud.ledger.commit(changes, fence=lease)
    return True


@contextmanager
def _inline_lease(cloud: Cloud) -> Iterator[Lease | None]:
    lease = cloud.ledger.acquire(LEASE, owner(), INLINE_LEASE_S)
    try:
        yield lease
    finally:
        if lease is not None:
            cloud.ledger.release(lease)
