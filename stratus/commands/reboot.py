"""stratus reboot: boot instances again."""

import click

from stratus.commands.options import (
    output_option,
    plan_option,
    show_accepted,
    targets_argument,
    wait_options,
    waiting_for,
)
from stratus.commands.session import Session, pass_session
from stratus.model.requests import RebootRequest


@click.command("reboot", cls=waiting_for("running"))
@targets_argument
@click.option("--hard", is_flag=True, help="Reset it instead of asking the guest.")
@wait_options("running", "ssh")
@plan_option
@output_option
@pass_session
def command(
    session: Session,
    targets: tuple[str, ...],
    hard: bool,
    until: str | None,
    timeout_s: float,
    plan: bool,
    format: str,
) -> None:
    """Reboot instances: by the guest itself, or with --hard by a reset.

    \b
    Example:
      stratus reboot web
    """
    accepted = session.perform(RebootRequest(targets, hard, plan))
    show_accepted(session, accepted, format=format, until=until, timeout_s=timeout_s, after_reboot=True)
