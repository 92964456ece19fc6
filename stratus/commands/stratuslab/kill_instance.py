"""stratus-kill-instance: end machines at once."""

from stratus.commands.session import Session
from stratus.commands.stratuslab.ending import end_each, ending
from stratus.model.requests import KillRequest


@ending("kill")
def command(session: Session, vm_ids: tuple[str, ...], ids_file: str | None) -> int:
    """End machines at once, as `stratus kill` does. One that cannot be ended does not keep the others.

    \b
    Examples:
      stratus-kill-instance 165 166
      stratus-kill-instance -i ids.txt
    """
    return end_each(session, "Kill", KillRequest, vm_ids, ids_file)
