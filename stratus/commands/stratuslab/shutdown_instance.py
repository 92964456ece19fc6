"""stratus-shutdown-instance: a clean power-off, then the end."""

from stratus.commands.session import Session
from stratus.commands.stratuslab.ending import end_each, ending
from stratus.model.requests import ShutdownRequest


@ending("shutdown")
def command(session: Session, vm_ids: tuple[str, ...], ids_file: str | None) -> int:
    """Ask machines to power themselves off, then end them, as `stratus shutdown` does.

    \b
    Examples:
      stratus-shutdown-instance 165 166
      stratus-shutdown-instance -i ids.txt
    """
    return end_each(session, "Shutdown", ShutdownRequest, vm_ids, ids_file)
