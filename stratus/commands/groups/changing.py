"""What the commands about groups share: their listing, their words, and the row or plan that they show."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stratus import output
from stratus.commands.limits import shown
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option, sharing
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Listing, Look
from stratus.model.moments import iso
from stratus.model.quota import NAMES
from stratus.model.requests import ListGroupsRequest, RemoveGroupRequest

if TYPE_CHECKING:
    from stratus.model.requests import Request
    from stratus.model.user_views import ChangedGroup, GroupView


GROUPS: "Listing[GroupView]" = Listing(
    {
        "name": lambda view: view.group.name,
        "members": lambda view: list(view.members),
        **{name: shown(name) for name in NAMES},
        "created": lambda view: iso(view.group.created_s),
        "quota": lambda view: dict(view.group.quota.limits()),
        "held": lambda view: {name: view.held.of(name) for name in NAMES},
    },
    usual=("name", "members", "instances", "cpu", "ram_mib", "disk_gib"),
    name=lambda view: view.group.name,
    kept=("name",),
)


def change(name: str) -> "Callable[[Callable[..., Request[ChangedGroup]]], click.Command]":
    """Make a command of a function from `group`, `plan` and words of its own to the request."""

    def decorate(request_of: "Callable[..., Request[ChangedGroup]]") -> click.Command:
        def perform(session: Session, look: Look, **asked: Any) -> None:
            request = request_of(**asked)
            done = session.perform(request)
            if done.plans:
                output.plans(done.plans, look.document)
            elif isinstance(request, RemoveGroupRequest):
                session.note(f"group {done.group.name} is gone")
            else:
                rows = session.perform(ListGroupsRequest((done.group.name,)))
                output.listing(GROUPS, rows, look)

        command = sharing(request_of, (plan_option, result_options(GROUPS), pass_session), perform)
        return click.command(name)(click.argument("group", metavar="GROUP")(command))

    return decorate
