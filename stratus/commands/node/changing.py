"""What the commands that change a node share: their words, and the row or plan that they show."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.listing import NODES
from stratus.commands.options import plan_option, sharing
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look

if TYPE_CHECKING:
    from stratus.model.requests import Request
    from stratus.model.views import ChangedNode


def change(name: str) -> "Callable[[Callable[..., Request[ChangedNode]]], click.Command]":
    """Make a command of a function from `node`, `plan` and words of its own to the request."""

    def decorate(request_of: "Callable[..., Request[ChangedNode]]") -> click.Command:
        def perform(session: Session, look: Look, **asked: Any) -> None:
            done = session.perform(request_of(**asked))
            if done.plans:
                output.plans(done.plans, look.document)
            else:
                output.listing(NODES, (done.node,), look)

        command = sharing(request_of, (plan_option, result_options(NODES), pass_session), perform)
        return click.command(name)(click.argument("node")(command))

    return decorate
