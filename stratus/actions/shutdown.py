"""shutdown: power instances off cleanly, then end them, as StratusLab's command of that name does."""

from stratus.actions.promise import Change, promise
from stratus.cloud import Cloud
from stratus.errors import Conflict
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.plan import steps_to_shut_down
from stratus.model.requests import Actor, ShutdownRequest
from stratus.model.states import State
from stratus.model.views import Accepted


def shutdown(cloud: Cloud, request: ShutdownRequest, actor: Actor) -> Accepted:
    """Promise the clean end of all targets, or of none. Raises NotFound, Conflict (not running)."""

    def decide(instance: Instance, blueprint: Blueprint, node: Node) -> Change:
        if instance.state not in (State.RUNNING, State.UNKNOWN):
            raise Conflict(
                f"instance {instance.id} is {instance.state}, not running", hint=f"stratus kill {instance.id}"
            )
        steps = steps_to_shut_down(instance, blueprint, node.hypervisor.uri, deadline_s=request.deadline_s)
        return Change(State.SHUTDOWN, State.DONE, steps)

    return promise(cloud, actor, request.targets, "shutdown", decide, plan=request.plan)
