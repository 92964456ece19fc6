"""stratus image delete: remove images that nothing uses."""

from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Listing, Look
from stratus.model.requests import DeleteImageRequest, PlanImagesRequest

if TYPE_CHECKING:
    from stratus.model.image import ImageEntry

GONE: "Listing[ImageEntry]" = Listing(
    {
        "name": lambda entry: entry.name,
        "identifier": lambda entry: entry.facts.identifier,
    },
    usual=("name", "identifier"),
    name=lambda entry: entry.name,
    kept=("identifier", "name"),
)


@click.command("delete")
@click.argument("targets", metavar="IMAGE...", nargs=-1, required=True)
@plan_option
@result_options(GONE)
@pass_session
def command(session: Session, targets: tuple[str, ...], plan: bool, look: Look) -> None:
    """Remove images, by name or identifier. One that an instance is cloned from is refused.

    \b
    Example:
      stratus image delete tiny
    """
    request = DeleteImageRequest(targets)
    if plan:
        plans = session.perform(PlanImagesRequest(request))
        output.plans(plans, look.document)
        return
    gone = session.perform(request)
    output.listing(GONE, gone, look)
