"""What the commands that change a user share: their words, and the row or plan that they show."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option, sharing
from stratus.commands.session import Session, pass_session
from stratus.commands.user.shown import USERS
from stratus.model.listing import Look
from stratus.model.requests import ListUsersRequest, RemoveUserRequest

if TYPE_CHECKING:
    from stratus.model.requests import Request
    from stratus.model.user_views import ChangedUser


def change(name: str) -> "Callable[[Callable[..., Request[ChangedUser]]], click.Command]":
    """Make a command of a function from `user`, `plan` and words of its own to the request."""

    def decorate(request_of: "Callable[..., Request[ChangedUser]]") -> click.Command:
        def perform(session: Session, look: Look, **asked: Any) -> None:
            request = request_of(**asked)
            done = session.perform(request)
            if done.plans:
                output.plans(done.plans, look.document)
            elif isinstance(request, RemoveUserRequest):
                session.note(f"{done.user.name} is gone")
            else:
                rows = session.perform(ListUsersRequest((done.user.name,)))
                output.listing(USERS, rows, look)

        command = sharing(request_of, (plan_option, result_options(USERS), pass_session), perform)
        return click.command(name)(click.argument("user", metavar="USER")(command))

    return decorate
