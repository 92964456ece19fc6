"""stratus kill: end instances at once."""

import click

from stratus.commands.accepted import ACCEPTED, show_accepted
from stratus.commands.looks import result_options
from stratus.commands.options import (
    plan_option,
    targets_argument,
    wait_options,
    waiting_for,
)
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import KillRequest


@click.command("kill", cls=waiting_for("done"))
@targets_argument
@wait_options("done")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session, targets: tuple[str, ...], until: str | None, timeout_s: float, plan: bool, look: Look
) -> None:
    """End instances at once, by name or id. Their disks and addresses go with them.

    \b
    Examples:
      stratus kill 12
      stratus kill web-1 web-2 --wait
    """
    accepted = session.perform(KillRequest(targets, plan))
    show_accepted(session, accepted, look, until=until, timeout_s=timeout_s)
