"""stratus start: boot stopped instances again."""

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
from stratus.model.requests import StartRequest


@click.command("start", cls=waiting_for("running"))
@targets_argument
@wait_options("running", "ssh")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session, targets: tuple[str, ...], until: str | None, timeout_s: float, plan: bool, look: Look
) -> None:
    """Start stopped instances again: the same machines, disks and addresses.

    \b
    Example:
      stratus start web --wait=ssh
    """
    accepted = session.perform(StartRequest(targets, plan))
    show_accepted(session, accepted, look, until=until, timeout_s=timeout_s)
