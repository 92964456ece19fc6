"""Orders and what the node's agent has written of them: what was lost, left or given up."""

import posixpath
from collections.abc import Iterator

from stratus.model.doctor.books import Books
from stratus.model.doctor.corrections import Resend
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.inspection import Inspection, Stray
from stratus.model.paths import NodePaths
from stratus.model.steps import SetFileAside

LATE_S = 60.0


def papers(books: Books, node: str, seen: Inspection) -> Iterator[Finding]:
    """The findings about orders, journals and queues of one node."""
    yield from _orders(books, node, seen)
    for order_id in seen.open_journals:
        if order_id not in books.orders:
            what = f"{node} began order {order_id}, which nobody has given it any more"
            path = f"{NodePaths(seen.state_dir).journal}/open/{order_id}"
            yield Finding("journal-open", Severity.WARNING, node, what, _aside(node, seen, path))
    for stray in seen.strays:
        yield _stray(node, seen, stray)


def _orders(books: Books, node: str, seen: Inspection) -> Iterator[Finding]:
    for order_id, kept in sorted(books.orders.items()):
        dispatched = kept.value
        if dispatched.node != node:
            continue
        if dispatched.status == "waiting" and books.at_s - dispatched.created_s > LATE_S:
            what = f"order {order_id} ({dispatched.order.verb}) waits to be sent, and nobody does it"
            yield Finding("order-late", Severity.WARNING, node, what, Mend(node, look=True))
        elif dispatched.status == "sent" and books.at_s - dispatched.sent_s > LATE_S and order_id not in seen.orders:
            what = f"order {order_id} ({dispatched.order.verb}) was sent to {node}, which does not have it"
            mend = Mend(node, corrections=(Resend(order_id, kept.revision),), look=True)
            yield Finding("order-lost", Severity.ERROR, node, what, mend)


def _stray(node: str, seen: Inspection, stray: Stray) -> Finding:
    if posixpath.basename(posixpath.dirname(stray.path)) == "poison" and stray.what.startswith("it was given up"):
        what = f"{stray.path} on {node}: {stray.what}"
        return Finding("poison", Severity.WARNING, node, what, _aside(node, seen, stray.path, f"{stray.path}.reason"))
    what = f"{stray.path} on {node}: {stray.what}"
    return Finding("queue-stray", Severity.WARNING, node, what, _aside(node, seen, stray.path))


def _aside(node: str, seen: Inspection, *paths: str) -> Mend:
    into = f"{NodePaths(seen.state_dir).aside}/queues"
    return Mend(node, steps=tuple(SetFileAside(path, into) for path in paths))
