"""console: give the caller's terminal to an instance's serial console, through the link to its node."""

from collections.abc import Callable

from stratus.actions import access
from stratus.cloud import Cloud
from stratus.model.console import expect_console
from stratus.model.requests import Actor


def console(cloud: Cloud, actor: Actor, target: str, before: Callable[[], None] = lambda: None) -> int:
    """The status with which the console was left; `before` is called when there is one to give the terminal to.

    Raises NotFound, Conflict (not running), NodeUnreachable."""
    instance, _ = access.find(cloud, actor, target)
    expect_console(instance)
    node = access.node_of(cloud, instance)
    before()
    return cloud.links.to(node).attach(("console", str(instance.id)))
