"""node drain: a node takes nothing new, and what runs there is stopped if that is asked for."""

from stratus.actions import records
from stratus.actions.change_node import change
from stratus.actions.stop import stop
from stratus.cloud import Cloud
from stratus.model.requests import Actor, ChangeNodeRequest, DrainNodeRequest, StopRequest
from stratus.model.states import State
from stratus.model.views import Drained

_STOPPABLE = (State.RUNNING, State.UNKNOWN)


def drain(cloud: Cloud, request: DrainNodeRequest, actor: Actor) -> Drained:
    """What is stopped there, and what stays as it is. May be repeated. Raises NotFound."""
    changed = change(cloud, ChangeNodeRequest(request.name, enabled=False, plan=request.plan), actor)
    there = records.instances(cloud.ledger, {"node": request.name})
    chosen = [one for one in there if request.stop and one.state in _STOPPABLE and not one.order]
    targets = tuple(str(one.id) for one in chosen)
    stopped = stop(cloud, StopRequest(targets, request.force, request.deadline_s, request.plan), actor)
    going = set(targets)
    return Drained(
        stopped.instances,
        tuple(one for one in there if str(one.id) not in going),
        (*changed.plans, *stopped.plans),
    )
