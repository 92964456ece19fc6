"""stop: power instances off; their disks and addresses are kept, CPU and RAM are given back."""

from stratus.actions.promise import Change, promise
from stratus.cloud import Cloud
from stratus.errors import Conflict
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.plan import steps_to_stop
from stratus.model.requests import Actor, StopRequest
from stratus.model.states import State
from stratus.model.views import Accepted


def stop(cloud: Cloud, request: StopRequest, actor: Actor) -> Accepted:
    """Promise the power-off of all targets, or of none. Raises NotFound, Conflict (not running)."""

    def decide(instance: Instance, blueprint: Blueprint, node: Node) -> Change:
        if instance.state not in (State.RUNNING, State.UNKNOWN):
            raise Conflict(f"instance {instance.id} is {instance.state}, not running", hint="stratus describe")
        steps = steps_to_stop(instance, node.hypervisor.uri, force=request.force, deadline_s=request.deadline_s)
        return Change(State.SHUTDOWN, State.STOPPED, steps)

    return promise(cloud, actor, request.targets, "stop", decide, plan=request.plan)
