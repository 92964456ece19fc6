"""stratus reboot: boot instances again."""

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
from stratus.model.requests import RebootRequest


@click.command("reboot", cls=waiting_for("running"))
@targets_argument
@click.option("--hard", is_flag=True, help="Reset it instead of asking the guest.")
@wait_options("running", "ssh")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session,
    targets: tuple[str, ...],
    hard: bool,
    until: str | None,
    timeout_s: float,
    plan: bool,
    look: Look,
) -> None:
    """Reboot instances: by the guest itself, or with --hard by a reset.

    \b
    Example:
      stratus reboot web
    """
    accepted = session.perform(RebootRequest(targets, hard, plan))
    show_accepted(session, accepted, look, until=until, timeout_s=timeout_s, after_reboot=True)
