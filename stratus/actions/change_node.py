"""node zone, label, enable, disable, reserve: what an administrator says of a node, saved with it."""

from functools import partial

from stratus.actions import records, retry
from stratus.cloud import Cloud
from stratus.model.placement.traits import changed, differences
from stratus.model.plan import Plan, PlannedStep
from stratus.model.requests import Actor, ChangeNodeRequest
from stratus.model.takes import Takes
from stratus.model.views import ChangedNode


def change(cloud: Cloud, request: ChangeNodeRequest, actor: Actor) -> ChangedNode:
    """The node after the change; with `plan`, what would change. Raises NotFound, BadInput."""
    return retry.on_conflict(cloud, partial(_change, cloud, request))


def _change(cloud: Cloud, request: ChangeNodeRequest) -> ChangedNode:
    node, revision = records.node(cloud.ledger, request.name)
    after = changed(node, request)
    if request.plan:
        steps = tuple(PlannedStep(text, ()) for text in differences(node, after))
        return ChangedNode(node, (Plan("change", node.name, "front end", Takes(), steps),))
    if after != node:
        cloud.ledger.commit([records.put_node(after, revision)])
    return ChangedNode(after)
