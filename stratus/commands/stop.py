"""stratus stop: power instances off and keep them."""

import click

from stratus.commands.lifecycle import verb
from stratus.commands.options import deadline_option
from stratus.model.requests import StopRequest


@verb("stop", "stopped")
@click.option("--force", is_flag=True, help="Take the power away instead of asking the guest.")
@deadline_option("the guest")
def command(targets: tuple[str, ...], force: bool, deadline_s: float, plan: bool) -> StopRequest:
    """Power instances off. Their disks and addresses are kept; CPU and RAM are given back.

    \b
    Examples:
      stratus stop web --wait
      stratus stop --force 12
    """
    return StopRequest(targets, force, deadline_s, plan)
