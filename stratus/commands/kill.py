"""stratus kill: end instances at once."""

from stratus.commands.lifecycle import verb
from stratus.model.requests import KillRequest


@verb("kill", "done")
def command(targets: tuple[str, ...], plan: bool) -> KillRequest:
    """End instances at once, by name or id. Their disks and addresses go with them.

    \b
    Examples:
      stratus kill 12
      stratus kill web-1 web-2 --wait
    """
    return KillRequest(targets, plan)
