"""node rename: another name for a node; its instances, its holds and its host key go along."""

import dataclasses
from functools import partial

from stratus.actions import records, retry
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict
from stratus.model import sandbox
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.plan import Plan, PlannedStep
from stratus.model.requests import Actor, RenameNodeRequest
from stratus.model.takes import Takes
from stratus.model.views import ChangedNode

_ALONG = (records.SWEEP, records.HOLD)  # what else lies under a node's name


def rename(cloud: Cloud, request: RenameNodeRequest, actor: Actor) -> ChangedNode:
    """The node under its new name; with `plan`, what would change. Raises NotFound, Conflict (the name is taken, orders
    are under way there), BadInput (it cannot be a name)."""
    keys = cloud.machines.pinned(request.name)
    cloud.machines.pinned(request.to)  # raises BadInput for what cannot be pinned under that name
    node, _ = _checked(cloud, request)
    if request.plan:
        steps = (PlannedStep(f"{request.name}: name: {request.name} -> {request.to}", ()),)
        return ChangedNode(node, (Plan("change", request.name, "front end", Takes(), steps),))
    for key in keys:
        cloud.machines.pin(request.to, key)
    after = retry.on_conflict(cloud, partial(_rename, cloud, request))
    cloud.machines.unpin(request.name)
    cloud.links.forget(request.name)
    return ChangedNode(after)


def _checked(cloud: Cloud, request: RenameNodeRequest) -> tuple[Node, int]:
    node, revision = records.node(cloud.ledger, request.name)
    if not node.is_away and node.reach.way != sandbox.WAY:
        raise Conflict(
            f"{request.name} is the front end's own machine, and called as that is",
            hint="stratus node list",
        )
    if cloud.ledger.get(records.NODE, request.to) is not None:
        raise Conflict(f"a node called {request.to} is there already", hint="stratus node list")
    if records.orders(cloud.ledger, {"node": request.name}):
        raise Conflict(
            f"orders for {request.name} are under way", hint=f"stratus node disable {request.name}, and try again later"
        )
    return node, revision


def _rename(cloud: Cloud, request: RenameNodeRequest) -> Node:
    node, revision = _checked(cloud, request)
    after = dataclasses.replace(node, name=request.to)
    changes: list[Put | Delete] = [Delete(records.NODE, request.name, revision), records.put_node(after, 0)]
    for kind in _ALONG:
        document = cloud.ledger.get(kind, request.name)
        if document is not None:
            changes += [Delete(kind, request.name, document.revision), Put(kind, request.to, document.body)]
    for document in cloud.ledger.find(records.INSTANCE, where={"node": request.name}):
        moved = dataclasses.replace(records.value_of(document, Instance), node=request.to)
        changes += records.put_instance(moved, document.revision)
    cloud.ledger.commit(changes)
    return after
