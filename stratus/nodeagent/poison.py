"""What is said of an order that was tried too often: the agent died over it each time, so nothing of it is tried."""

from collections.abc import Callable

from stratus.model.order import NOT_UNDONE, Fault, Order, Report, StepTiming
from stratus.nodeagent.journal import Journal


def lost(order: Order, journal: Journal, clock: Callable[[], float], *, reason: str, place: str) -> Report:
    """The report on it. Undoing might kill the agent once more, so what was begun is left, and said to be left."""
    ended = journal.ended(order.id)
    if ended is not None:
        return ended
    now_s = clock()
    fault = Fault(
        "StratusError",
        f"the node's agent gave the order up after several tries: {reason}; it was put aside: less {place}* "
        f"; to drop it: rm {place}*",
        "see the agent's log on the node",
    )
    left = StepTiming(f"what was begun of {order.verb}", f"{NOT_UNDONE}: {reason}", now_s, 0.0)
    report = Report(order.id, order.instance_id, order.generation, fault, (left,), now_s)
    journal.end(report)
    return report
