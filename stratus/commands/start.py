"""stratus start: boot stopped instances again."""

from stratus.commands.lifecycle import verb
from stratus.model.requests import StartRequest


@verb("start", "running", "ssh")
def command(targets: tuple[str, ...], plan: bool) -> StartRequest:
    """Start stopped instances again: the same machines, disks and addresses.

    \b
    Example:
      stratus start web --wait=ssh
    """
    return StartRequest(targets, plan)
