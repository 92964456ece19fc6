"""stratus node drain: a node takes nothing new, and what runs there is stopped."""

import click

from stratus.commands.accepted import ACCEPTED, show_accepted
from stratus.commands.looks import result_options
from stratus.commands.options import deadline_option, plan_option, wait_options, waiting_for
from stratus.commands.session import Session, pass_session
from stratus.errors import UsageError
from stratus.model.listing import Look
from stratus.model.requests import DrainNodeRequest
from stratus.model.views import Accepted


@click.command("drain", cls=waiting_for("stopped"))
@click.argument("node")
@click.option("--stop", is_flag=True, help="Power off what runs there; disks and addresses are kept.")
@click.option("--force", is_flag=True, help="With --stop: take the power away instead of asking the guests.")
@deadline_option("each guest")
@wait_options("stopped")
@plan_option
@result_options(ACCEPTED)
@pass_session
def command(
    session: Session,
    node: str,
    stop: bool,
    force: bool,
    deadline_s: float,
    until: str | None,
    timeout_s: float,
    plan: bool,
    look: Look,
) -> None:
    """Let nothing new go to a node and, with --stop, power off what runs there, as before maintenance.

    Prints what is being stopped, and names what stays. Instances do not move to other nodes. `stratus node enable`
    opens the node again.

    \b
    Examples:
      stratus node drain n2
      stratus node drain n2 --stop --wait
    """
    if force and not stop:
        raise UsageError("--force goes with --stop", hint=f"stratus node drain {node} --stop --force")
    drained = session.perform(DrainNodeRequest(node, stop, force, deadline_s, plan))
    accepted = Accepted(drained.instances, drained.plans)
    show_accepted(session, accepted, look, until=until, timeout_s=timeout_s)
    if drained.remaining:
        names = ", ".join(f"{one.id} ({one.name}, {one.state})" for one in drained.remaining)
        session.warn(f"{node} still has {names}")
