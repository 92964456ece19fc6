"""reboot: boot instances again, by the guest itself or by a reset."""

from stratus.actions.promise import Change, promise
from stratus.cloud import Cloud
from stratus.errors import Conflict
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.plan import steps_to_reboot
from stratus.model.requests import Actor, RebootRequest
from stratus.model.states import State
from stratus.model.views import Accepted


def reboot(cloud: Cloud, request: RebootRequest, actor: Actor) -> Accepted:
    """Promise the reboot of all targets, or of none. Raises NotFound, Conflict (not running)."""

    def decide(instance: Instance, blueprint: Blueprint, node: Node) -> Change:
        if instance.state is not State.RUNNING:
            raise Conflict(f"instance {instance.id} is {instance.state}, not running", hint="stratus describe")
        return Change(State.RUNNING, State.RUNNING, steps_to_reboot(instance, node.hypervisor.uri, hard=request.hard))

    return promise(cloud, actor, request.targets, "reboot", decide, plan=request.plan)
