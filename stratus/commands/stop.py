"""stratus stop: power instances off and keep them."""

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
from stratus.model.requests import StopRequest


@click.command("stop", cls=waiting_for("stopped"))
@targets_argument
@click.option("--force", is_flag=True, help="Take the power away instead of asking the guest.")
@click.option(
    "--deadline", "deadline_s", default=60.0, type=SECONDS, metavar="SECONDS", help="How long the guest may take."
)
@wait_options("stopped")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session,
    targets: tuple[str, ...],
    force: bool,
    deadline_s: float,
    until: str | None,
    timeout_s: float,
    plan: bool,
    look: Look,
) -> None:
    """Power instances off. Their disks and addresses are kept; CPU and RAM are given back.

    \b
    Examples:
      stratus stop web --wait
      stratus stop --force 12
    """
    accepted = session.perform(StopRequest(targets, force, deadline_s, plan))
    show_accepted(session, accepted, look, until=until, timeout_s=timeout_s)
