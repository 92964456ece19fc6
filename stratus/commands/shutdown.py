"""stratus shutdown: a clean power-off, then the end."""

from stratus.commands.lifecycle import verb
from stratus.commands.options import deadline_option
from stratus.model.requests import ShutdownRequest


@verb("shutdown", "done")
@deadline_option("the guest")
def command(targets: tuple[str, ...], deadline_s: float, plan: bool) -> ShutdownRequest:
    """Ask instances to power themselves off, then end them. To keep one for later, use stop.

    \b
    Example:
      stratus shutdown web --wait
    """
    return ShutdownRequest(targets, deadline_s, plan)
