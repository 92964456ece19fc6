"""What one round of dispatch would do: the orders that would go out, and what every node would be asked."""

from collections.abc import Iterator

from stratus.actions import records
from stratus.actions.deliver import deliverable
from stratus.cloud import Cloud
from stratus.model.argv import hypervisor
from stratus.model.node import Node
from stratus.model.order import Dispatched
from stratus.model.plan import NOWHERE, Plan, PlannedStep, shown
from stratus.model.takes import Takes

MOST_NAMED = 20  # of those that wait


def plan_of_a_round(cloud: Cloud) -> tuple[Plan, ...]:
    """Node by node: a plan for each order that would be sent (what it takes is promised already), and for the visit."""
    found = []
    for node, _ in records.nodes(cloud.ledger):
        found += [_of_order(order) for order in deliverable(cloud, node)]
        found.append(_of_visit(node))
    return (*found, *_of_the_line(cloud))


def _of_the_line(cloud: Cloud) -> Iterator[Plan]:
    """Those that wait for room are asked in their order; who has some is promised it."""
    if line := [str(int(document.key)) for document in cloud.ledger.find(records.WAITING)]:
        asked = ", ".join(line[:MOST_NAMED]) + (" and more" if len(line) > MOST_NAMED else "")
        yield Plan("dispatch", "who waits for room", NOWHERE, Takes(), (PlannedStep(f"look for room for {asked}", ()),))


def _of_order(dispatched: Dispatched) -> Plan:
    order = dispatched.order
    return Plan(order.verb, str(order.instance_id), dispatched.node, Takes(), shown(order.steps))


def _of_visit(node: Node) -> Plan:
    look = PlannedStep("look at all domains", (hypervisor.look(node.hypervisor.uri),))
    return Plan("dispatch", node.name, node.name, Takes(), (PlannedStep("bring the reports in", ()), look))
