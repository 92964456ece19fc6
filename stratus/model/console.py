"""Whether an instance has a serial console to give a terminal to."""

from stratus.errors import Conflict
from stratus.model.instance import Instance
from stratus.model.states import State


def expect_console(instance: Instance) -> None:
    """Raise Conflict for one that does not run."""
    if instance.state not in (State.RUNNING, State.UNKNOWN, State.SHUTDOWN):
        raise Conflict(
            f"instance {instance.id} is {instance.state}, not running", hint=f"stratus log --console {instance.id}"
        )
