"""kill: end instances at once. What never left the front end ends without asking the node."""

from functools import partial

from stratus.actions import access, promise, records, reserve, retry
from stratus.actions.promise import Change
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.order import Dispatched
from stratus.model.plan import NOWHERE, Plan, steps_to_kill
from stratus.model.requests import Actor, KillRequest
from stratus.model.states import State
from stratus.model.takes import Takes
from stratus.model.views import Accepted


def kill(cloud: Cloud, request: KillRequest, actor: Actor) -> Accepted:
    """Promise the end of all targets, or of none. An instance may be busy: its order in hand ends first.

    Raises NotFound, Conflict (it is done)."""
    ended: list[Instance] = []
    # By id and each once: a name is free again, and may be another's, as soon as its instance has ended.
    targets = list(dict.fromkeys(str(access.find(cloud, actor, target)[0].id) for target in request.targets))
    if not request.plan:
        cancel = [retry.on_conflict(cloud, partial(_cancel, cloud, actor, target)) for target in targets]
        ended = [instance for instance in cancel if instance is not None]
    left = [target for target in targets if target not in {str(instance.id) for instance in ended}]
    waiting = [one for one in (access.find(cloud, actor, target)[0] for target in left) if not one.node]
    left = [target for target in left if int(target) not in {one.id for one in waiting}]

    def decide(instance: Instance, blueprint: Blueprint, node: Node) -> Change:
        steps = steps_to_kill(instance, blueprint, node.hypervisor.uri)
        if request.plan and _is_nowhere(instance, _order_of(cloud, instance)):
            steps = ()
        return Change(State.EPILOG, State.DONE, steps)

    promised = promise.promise(cloud, actor, left, "kill", decide, plan=request.plan, even_busy=True)
    unplaced = (Plan("kill", f"{one.id} ({one.name})", NOWHERE, Takes(), ()) for one in waiting)
    return Accepted((*ended, *promised.instances), (*unplaced, *promised.plans))


def _cancel(cloud: Cloud, actor: Actor, target: str) -> Instance | None:
    """End an instance whose run has not been sent yet, or whose failed run was undone: nothing is on the node."""
    instance, revision = access.find(cloud, actor, target)
    found = _order_of(cloud, instance)
    if not _is_nowhere(instance, found):
        return None
    after = instance.moved_to(State.DONE, at_s=cloud.clock()).settled()
    after, changes = reserve.release(cloud, after, capacity=True, lease=True)
    if found is not None:
        changes.append(Delete(records.ORDER, found[0].order.id, found[1]))
    if instance.waits_for_room:
        held = cloud.ledger.find(records.HELD)
        changes += [Delete(records.HELD, each.key) for each in held if each.body["instance"] == instance.id]
    changes += records.put_instance(after, revision)
    cause = f"kill by {actor.name}; nothing was on the node"
    changes.append(records.remember(cloud.ledger, after, cloud.clock(), cause, actor.request_id))
    cloud.ledger.commit(changes)
    return after


def _order_of(cloud: Cloud, instance: Instance) -> tuple[Dispatched, int] | None:
    return records.read(cloud.ledger, records.ORDER, instance.order, Dispatched) if instance.order else None


def _is_nowhere(instance: Instance, order: tuple[Dispatched, int] | None) -> bool:
    """Whether nothing of it can be on a node: its run was never sent, or has failed and was undone."""
    if instance.waits_for_room:
        return True
    unsent = order is not None and order[0].status == "waiting" and order[0].order.verb == "run"
    return unsent or (instance.state is State.FAILED and not instance.holds_lease)
