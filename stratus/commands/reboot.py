"""stratus reboot: boot instances again."""

import click

from stratus.commands.lifecycle import verb
from stratus.model.requests import RebootRequest


@verb("reboot", "running", "ssh", after_reboot=True)
@click.option("--hard", is_flag=True, help="Reset it instead of asking the guest.")
def command(targets: tuple[str, ...], hard: bool, plan: bool) -> RebootRequest:
    """Reboot instances: by the guest itself, or with --hard by a reset.

    \b
    Example:
      stratus reboot web
    """
    return RebootRequest(targets, hard, plan)
