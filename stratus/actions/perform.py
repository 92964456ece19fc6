"""perform: the one door to all deeds. A request's type chooses its action; orders it made are sent on at once.

The role that a deed takes is asked for here, and nowhere else: whoever calls an action without it has the whole cloud
in hand anyway. What of it is whose is each action's own affair, since that follows from what it finds."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from stratus.actions import observe
from stratus.actions.audited import audited
from stratus.cloud import Cloud
from stratus.errors import Denied, UsageError
from stratus.model import requests
from stratus.model.instance import Instance
from stratus.model.requests import Actor, Request
from stratus.model.role import Role
from stratus.model.values import dataclass

if TYPE_CHECKING:  # images bring plans along, which a listing never needs
    from stratus.drivers.images.protocol import Progress

T = TypeVar("T")


def _silent(*_: object) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Listener:
    """Who is told how far long work has come."""

    progress: "Progress" = _silent
    waiting: Callable[[str, Instance, float], None] = _silent


@dataclass(frozen=True)
class Deed:
    """Where an action is (imported when it is needed), what it listens with, and whether it leaves orders behind."""

    module: str
    function: str
    listens: str = ""  # "" | progress | waiting
    orders: bool = False
    looks: bool = False  # it shows instances, so that what is known of the nodes should be fresh
    changes: bool = False  # something else than orders is changed
    least: Role = Role.USER  # who may ask for it at all; what of it they see is the action's own affair


DEEDS: dict[type, Deed] = {
    requests.RunRequest: Deed("run", "run", "progress", orders=True),
    requests.KillRequest: Deed("kill", "kill", orders=True),
    requests.StopRequest: Deed("stop", "stop", orders=True),
    requests.StartRequest: Deed("start", "start", orders=True),
    requests.RebootRequest: Deed("reboot", "reboot", orders=True),
    requests.ShutdownRequest: Deed("shutdown", "shutdown", orders=True),
    requests.DescribeRequest: Deed("describe", "describe", looks=True),
    requests.WaitRequest: Deed("wait", "wait", "waiting"),
    requests.LogRequest: Deed("log", "log"),
    requests.WhyRequest: Deed("why", "why", looks=True),
    requests.ImportImageRequest: Deed("image.bring_in", "bring_in", "progress", changes=True),
    requests.BuildImageRequest: Deed("image.build", "build", "progress", changes=True, least=Role.ADMIN),
    requests.ListImagesRequest: Deed("image.listing", "images"),
    requests.ListRecipesRequest: Deed("image.recipes", "recipes"),
    requests.DeleteImageRequest: Deed("image.delete", "delete", changes=True),
    requests.DoctorRequest: Deed("doctor", "doctor", changes=True, least=Role.ADMIN),
    requests.PlanImagesRequest: Deed("image.planning", "plans"),
    requests.LogImageRequest: Deed("image.log", "log"),
    requests.BurninRequest: Deed("burnin", "burnin", "progress", changes=True, least=Role.ADMIN),
    requests.RecoverRequest: Deed("recover", "recover", orders=True, least=Role.ADMIN),
    requests.CapacityRequest: Deed("capacity", "capacity"),
    requests.ChangeNodeRequest: Deed("change_node", "change", changes=True, least=Role.ADMIN),
    requests.EnrolRequest: Deed("node", "enroll", changes=True, least=Role.ADMIN),
    requests.DrainNodeRequest: Deed("nodes.drain", "drain", orders=True, least=Role.ADMIN),
    requests.RenameNodeRequest: Deed("nodes.rename", "rename", changes=True, least=Role.ADMIN),
    requests.RemoveNodeRequest: Deed("nodes.remove", "remove", changes=True, least=Role.ADMIN),
    requests.AddUserRequest: Deed("users.change", "add", changes=True, least=Role.ADMIN),
    requests.ChangeUserRequest: Deed("users.change", "change", changes=True, least=Role.ADMIN),
    requests.RemoveUserRequest: Deed("users.remove", "remove", changes=True, least=Role.ADMIN),
    requests.ListUsersRequest: Deed("users.listing", "users"),
    requests.ChangeGroupRequest: Deed("users.groups", "change", changes=True, least=Role.ADMIN),
    requests.RemoveGroupRequest: Deed("users.groups", "remove", changes=True, least=Role.ADMIN),
    requests.ListGroupsRequest: Deed("users.listing", "groups"),
    requests.UsageRequest: Deed("users.usage", "usage"),
    requests.AuditRequest: Deed("audit", "audit"),
    requests.TrailRequest: Deed("trail", "trail"),
    requests.ListNodesRequest: Deed("node", "nodes", least=Role.OPERATOR),
}
FRESH_S = 30.0
DISPATCH = "stratus.actions.dispatch"  # loaded when a node is to be asked: a look into the ledger does without


def perform(cloud: Cloud, request: Request[T], actor: Actor, listener: Listener | None = None) -> T:
    """The answer to the request. Raises what its action raises.

    When no dispatcher runs, orders are sent on and reports are brought in by the command itself."""
    deed = DEEDS.get(type(request))
    if deed is None:
        raise UsageError(f"{type(request).__name__} cannot be performed")
    if not actor.request_id:
        actor = replace(actor, request_id=cloud.new_request())
    with audited(cloud, request, actor, changes=_is_change(deed, request)) as account:
        account.answer = answer = _perform(cloud, request, actor, deed, listener or Listener())
    return answer  # type: ignore[no-any-return]


def _is_change(deed: Deed, request: Any) -> bool:
    """Whether it is to change anything: a plan does not, nor does a doctor who is not to mend."""
    return (deed.orders or deed.changes) and not getattr(request, "plan", False) and getattr(request, "fix", True)


def _perform(cloud: Cloud, request: Any, actor: Actor, deed: Deed, listener: Listener) -> Any:
    least = DEEDS[type(getattr(request, "of", request))].least  # a plan takes what it is the plan of
    if not actor.role.covers(least):
        raise Denied(f"that takes the role {least.value}, and {actor.name} is {actor.role.value}")
    if deed.looks and observe.late(cloud, FRESH_S):
        import_module(DISPATCH).refresh(cloud, older_than_s=FRESH_S)
    action = getattr(import_module(f"stratus.actions.{deed.module}"), deed.function)
    extra = (getattr(listener, deed.listens),) if deed.listens else ()
    answer: Any = action(cloud, request, actor, *extra)
    if deed.orders and not answer.plans:  # a plan moves nothing, be it of others
        import_module(DISPATCH).nudge(cloud)
    return answer
