"""console: give the caller's terminal to an instance's serial console, through the link to its node."""

from collections.abc import Callable

from stratus.actions import access, records
from stratus.cloud import Cloud
from stratus.errors import Conflict
from stratus.model.requests import Actor
from stratus.model.states import State


def console(cloud: Cloud, actor: Actor, target: str, before: Callable[[], None] = lambda: None) -> int:
    """The status with which the console was left; `before` is called when there is one to give the terminal to.

    Raises NotFound, Conflict (not running), NodeUnreachable."""
    instance, _ = access.find(cloud, actor, target)
    if instance.state not in (State.RUNNING, State.UNKNOWN, State.SHUTDOWN):
        raise Conflict(
            f"instance {instance.id} is {instance.state}, not running", hint=f"stratus log --console {instance.id}"
        )
    node = records.node(cloud.ledger, instance.node)[0]
    before()
    return cloud.links.to(node).attach(("console", str(instance.id)))
