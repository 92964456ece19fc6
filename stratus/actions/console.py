"""console: give the caller's terminal to an instance's serial console, through the link to its node."""

from collections.abc import Callable
from dataclasses import replace

from stratus.actions import access
from stratus.actions.audited import audited
from stratus.cloud import Cloud
from stratus.model.console import expect_console
from stratus.model.requests import Actor
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Console:
    """What is written down of a session; it is no request, because what is said in one does not travel as a value."""

    target: str


def console(cloud: Cloud, actor: Actor, target: str, before: Callable[[], None] = lambda: None) -> int:
    """The status with which the console was left; `before` is called when there is one to give the terminal to.

    Who opens one is in the audit: it is the guest itself. Raises NotFound, Conflict (not running), NodeUnreachable."""
    instance, _ = access.find(cloud, actor, target)
    expect_console(instance)
    node = access.node_of(cloud, instance)
    before()
    known = replace(actor, request_id=actor.request_id or cloud.new_request())
    with audited(cloud, Console(str(instance.id)), known, changes=True):
        return cloud.links.to(node).attach(("console", str(instance.id)))
