"""What the verbs that move instances from one state to another share: their words, and what they show."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from stratus.commands.accepted import ACCEPTED, show_accepted
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option, sharing, targets_argument, wait_options, waiting_for
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look

if TYPE_CHECKING:
    from stratus.model.requests import Request
    from stratus.model.views import Accepted


def verb(
    name: str, *states: str, after_reboot: bool = False
) -> "Callable[[Callable[..., Request[Accepted]]], click.Command]":
    """Make a command of a function from `targets`, `plan` and options of its own to the request.

    `states` can be waited for; a bare --wait is for the first."""

    def decorate(request_of: "Callable[..., Request[Accepted]]") -> click.Command:
        def perform(session: Session, look: Look, until: str | None, timeout_s: float, **asked: Any) -> None:
            accepted = session.perform(request_of(**asked))
            show_accepted(session, accepted, look, until=until, timeout_s=timeout_s, after_reboot=after_reboot)

        common = (wait_options(*states), plan_option, result_options(ACCEPTED), pass_session)
        command = targets_argument(sharing(request_of, common, perform))
        return click.command(name, cls=waiting_for(states[0]))(command)

    return decorate
