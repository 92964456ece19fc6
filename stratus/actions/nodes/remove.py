"""node remove: a node that has nothing left takes nothing new, and then is out of the ledger."""

import dataclasses
from functools import partial

from stratus.actions import records, retry
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.quota import Usage, held_by
from stratus.model.requests import Actor, RemoveNodeRequest
from stratus.model.states import State


def remove(cloud: Cloud, request: RemoveNodeRequest, actor: Actor) -> Node:
    """The node, as it was; only closed, if no more is asked for. With `force` its instances are forgotten: what they
    held is free again, whatever still runs there. Raises NotFound, Conflict (it has instances)."""
    if request.plan:
        node, _ = records.node(cloud.ledger, request.name)
        _instances(cloud, request)
        return node
    if request.close_only:
        return retry.on_conflict(cloud, partial(_close, cloud, request))
    node = retry.on_conflict(cloud, partial(_remove, cloud, request, actor))
    cloud.links.forget(request.name)
    return node


def _close(cloud: Cloud, request: RemoveNodeRequest) -> Node:
    node, revision = records.node(cloud.ledger, request.name)
    _instances(cloud, request)
    if node.enabled:
        cloud.ledger.commit([records.put_node(dataclasses.replace(node, enabled=False), revision)])
    return node


def _remove(cloud: Cloud, request: RemoveNodeRequest, actor: Actor) -> Node:
    node, revision = records.node(cloud.ledger, request.name)
    changes: list[Put | Delete] = [Delete(records.NODE, node.name, revision), Delete(records.SWEEP, node.name)]
    accounts = Accounts(cloud)
    for instance, found in _instances(cloud, request):
        accounts.add(instance.owner, Usage().minus(held_by(instance)))
        changes += _forgotten(cloud, instance, found, actor)
    changes += accounts.changes()
    changes += [Delete(records.ORDER, order.order.id) for order in records.orders(cloud.ledger, {"node": node.name})]
    # Our hold stays: a dispatcher may show it to the machine once more, when that is added again; and a machine that
    # was let go of takes any.
    cloud.ledger.commit(changes)
    return node


def _instances(cloud: Cloud, request: RemoveNodeRequest) -> list[tuple[Instance, int]]:
    """Those that are there, with their revisions. Raises Conflict, unless they are to be forgotten."""
    documents = cloud.ledger.find(records.INSTANCE, where={"node": request.name})
    if documents and not request.force:
        numbers = [int(document.key) for document in documents]
        shown = ", ".join(map(str, numbers[:5])) + (" ..." if len(numbers) > 5 else "")
        raise Conflict(
            f"{request.name} has {len(numbers)} {'instance' if len(numbers) == 1 else 'instances'}: {shown}",
            hint=f"stratus kill {numbers[0]}; or --force, if the machine is lost",
        )
    return [(records.value_of(document, Instance), document.revision) for document in documents]


def _forgotten(cloud: Cloud, instance: Instance, revision: int, actor: Actor) -> list[Put | Delete]:
    now = cloud.clock()
    gone = dataclasses.replace(
        instance, state=State.DONE, changed_s=now, order="", holds_capacity=False, holds_lease=False
    )
    cause = f"forgotten with {instance.node} by {actor.name}"
    remembered = records.remember(cloud.ledger, gone, now, cause)
    return [*records.holdings(instance), *records.put_instance(gone, revision), remembered]
