"""stratus image delete: remove images that nothing uses."""

import click

from stratus import output
from stratus.commands.options import output_option, plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.requests import DeleteImageRequest


@click.command("delete")
@click.argument("targets", metavar="IMAGE...", nargs=-1, required=True)
@plan_option
@output_option
@pass_session
def command(session: Session, targets: tuple[str, ...], plan: bool, format: str) -> None:
    """Remove images, by name or identifier. One that an instance is cloned from is refused.

    \b
    Example:
      stratus image delete tiny
    """
    gone = session.perform(DeleteImageRequest(targets, plan))
    data = [{"name": e.name, "identifier": e.facts.identifier, "command": f"rm -f {e.facts.path}"} for e in gone]
    output.rows(data, ("name", "identifier", "command") if plan else ("name", "identifier"), format)
