"""Which orders are given up that no node took, when, and what is said of them then. Pure."""

from typing import TYPE_CHECKING

from stratus.model.moments import span

if TYPE_CHECKING:  # orders bring every kind of step along
    from stratus.model.order import Dispatched, Report

# Who asked for an end must not find it running a week later, and what it held would never be free again.
LASTING = frozenset({"kill", "shutdown"})


def expires(verb: str) -> bool:
    """Whether an order of this verb is given up at all."""
    return verb not in LASTING


def is_over(dispatched: "Dispatched", now_s: float, after_s: float) -> bool:
    """Whether an order has waited for too long. One that was sent may be under way, and ends by its report alone."""
    return (
        dispatched.status == "waiting"
        and expires(dispatched.order.verb)
        and 0 < after_s <= now_s - dispatched.created_s
    )


def prospect(dispatched: "Dispatched", now_s: float, after_s: float) -> str:
    """What becomes of an order if its node goes on being silent."""
    verb = dispatched.order.verb
    if not expires(verb):
        return f"a {verb} does not expire"
    if not after_s:
        return "orders do not expire here"
    return f"expires in {span(dispatched.created_s + after_s - now_s)}"


def given_up(dispatched: "Dispatched", trouble: str, now_s: float) -> "Report":
    """What its report would have been: it failed, and nothing of it is on the node."""
    from stratus.errors import NodeUnreachable
    from stratus.model.order import Fault, Report

    order, waited = dispatched.order, span(now_s - dispatched.created_s)
    cause = f"the order expired: {dispatched.node} did not take it for {waited}: {trouble or 'it did not answer'}"
    return Report(order.id, order.instance_id, order.generation, Fault(NodeUnreachable("").code, cause), (), now_s)
