"""stratus capacity: how many more instances fit."""

from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Listing, Look
from stratus.model.requests import CapacityRequest

if TYPE_CHECKING:
    from stratus.model.placement.capacity import Fill

FILLS: "Listing[Fill]" = Listing(
    {
        "type": lambda fill: fill.machine_type,
        "zone": lambda fill: fill.zone,
        "node": lambda fill: fill.node,
        "fits": lambda fill: fill.fits,
        "tight": lambda fill: fill.tight,
        "free cpu": lambda fill: fill.free.vcpu,
        "free ram": lambda fill: fill.free.ram_mib,
        "free disk": lambda fill: fill.free.disk_mib,
        "cpu": lambda fill: fill.need.vcpu,
        "ram": lambda fill: fill.need.ram_mib,
        "disk": lambda fill: fill.need.disk_mib,
        "nodes": lambda fill: fill.nodes,
        "why not": lambda fill: fill.refusal,
    },
    usual=("type", "zone", "node", "fits", "tight", "free cpu", "free ram", "free disk", "why not"),
    name=lambda fill: fill.machine_type,
    kept=("type", "fits", "tight", "node"),
)


@click.command("capacity")
@click.option("-t", "--type", "machine_type", default="", metavar="TYPE", help="This machine type only.")
@click.option(
    "--by",
    type=click.Choice(["type", "zone", "node"]),
    default="type",
    help="A row for each of these; type unless told.",
)
@click.option("--zone", default="", metavar="PATH", help="Only on nodes there.")
@click.option("--requirements", default="", metavar="EXPR", help="Only on nodes like this, as for run.")
@listing_options(FILLS)
@pass_session
def command(session: Session, machine_type: str, by: str, zone: str, requirements: str, look: Look) -> None:
    """Say how many more instances of each machine type fit now, each type alone; what ends first (tight: cpu, ram or
    disk, on most nodes); and what may still be promised. What is reserved for others is not counted.

    \b
    Examples:
      stratus capacity
      stratus capacity -t m1.large --by zone
      stratus capacity --by node --filter fits=0
    """
    fills = session.perform(CapacityRequest(machine_type, by, zone, requirements))
    output.listing(FILLS, fills, look)
