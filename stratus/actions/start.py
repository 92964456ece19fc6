"""start: boot stopped instances again, as the same machines with the same addresses."""

from stratus.actions.promise import Change, promise
from stratus.cloud import Cloud
from stratus.errors import Conflict
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.plan import steps_to_start
from stratus.model.requests import Actor, StartRequest
from stratus.model.states import State
from stratus.model.views import Accepted


def start(cloud: Cloud, request: StartRequest, actor: Actor) -> Accepted:
    """Promise the start of all targets, or of none; CPU and RAM are reserved anew.

    Raises NotFound, Conflict (not stopped), NoCapacity."""

    def decide(instance: Instance, blueprint: Blueprint, node: Node) -> Change:
        restartable = instance.state is State.STOPPED or (instance.state is State.FAILED and instance.holds_lease)
        if not restartable:
            raise Conflict(f"instance {instance.id} is {instance.state}, not stopped", hint="stratus describe")
        bridge = cloud.network(instance.lease.network).bridge
        return Change(State.PENDING, State.RUNNING, steps_to_start(instance, blueprint, bridge, node.hypervisor.uri))

    return promise(cloud, actor, request.targets, "start", decide, plan=request.plan)
