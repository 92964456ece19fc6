"""stratus shutdown: a clean power-off, then the end."""

import click

from stratus.commands.accepted import ACCEPTED, show_accepted
from stratus.commands.looks import result_options
from stratus.commands.options import (
    SECONDS,
    plan_option,
    targets_argument,
    wait_options,
    waiting_for,
)
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ShutdownRequest


@click.command("shutdown", cls=waiting_for("done"))
@targets_argument
@click.option(
    "--deadline", "deadline_s", default=60.0, type=SECONDS, metavar="SECONDS", help="How long the guest may take."
)
@wait_options("done")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session,
    targets: tuple[str, ...],
    deadline_s: float,
    until: str | None,
    timeout_s: float,
    plan: bool,
    look: Look,
) -> None:
    """Ask instances to power themselves off, then end them. To keep one for later, use stop.

    \b
    Example:
      stratus shutdown web --wait
    """
    accepted = session.perform(ShutdownRequest(targets, deadline_s, plan))
    show_accepted(session, accepted, look, until=until, timeout_s=timeout_s)
