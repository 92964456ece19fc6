"""stratus node list: the nodes, what they have and what is promised."""

from typing import TYPE_CHECKING

import click

from stratus import __version__, output
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.model import sandbox
from stratus.model.listing import Listing, Look
from stratus.model.moments import iso
from stratus.model.requests import ListNodesRequest

if TYPE_CHECKING:
    from stratus.model.node import Node, Reservation

NODES: "Listing[Node]" = Listing(
    {
        "name": lambda node: node.name,
        "state": lambda node: _state(node),
        "role": lambda node: node.role,
        "runs under": lambda node: node.hypervisor.virt_type,
        "instances": lambda node: node.used.instances,
        "cpu": lambda node: f"{node.used.vcpu}/{node.hypervisor.cpus}",
        "ram": lambda node: f"{node.used.ram_mib}/{node.hypervisor.ram_mib} MiB",
        "address": lambda node: _address(node),
        "trouble": lambda node: "; ".join(what for what, _ in _complaints(node)),
        "mend": lambda node: next((mend for _, mend in _complaints(node)), ""),
        "why not kvm": lambda node: node.hypervisor.why_not_kvm,
        "machine": lambda node: node.hypervisor.machine,
        "cpu model": lambda node: node.hypervisor.cpu_model,
        "reflinks": lambda node: node.reflinks,
        "disk_mib": lambda node: node.disk_mib,
        "used_disk_mib": lambda node: node.used.disk_mib,
        "version": lambda node: node.version,
        "seen": lambda node: iso(node.seen_s),
        "zone": lambda node: node.zone,
        "labels": lambda node: dict(node.labels),
        "reservations": lambda node: [_reservation(each) for each in node.reservations],
    },
    usual=("name", "state", "role", "runs under", "instances", "cpu", "ram", "address", "trouble"),
    name=lambda node: node.name,
    kept=("name", "state", "address"),
    columns_key="node_columns",
)


@click.command("list")
@listing_options(NODES)
@pass_session
def command(session: Session, look: Look) -> None:
    """Show the nodes. CPU and RAM are promised / there. One that does not answer is silent; one that answers, but whose
    libvirt or disk is out of order, is sick. What else is odd there is told under trouble as well.

    \b
    Examples:
      stratus node list
      stratus node list --filter state=silent -o name
      stratus node list --filter role=storage
    """
    nodes = session.perform(ListNodesRequest())
    output.listing(NODES, nodes, look)


def _reservation(kept: "Reservation") -> dict[str, object]:
    amounts = {"cpu": kept.vcpu, "ram_mib": kept.ram_mib, "disk_mib": kept.disk_mib}
    return {"owner": kept.owner, **amounts, "until": iso(kept.until_s)}


def _address(node: "Node") -> str:
    if node.reach.way == "ssh":
        return f"{node.reach.host}:{node.reach.port}"
    return "a sandbox" if node.reach.way == sandbox.WAY else "this machine"


def _complaints(node: "Node") -> tuple[tuple[str, str], ...]:
    """What is wrong with it, and that its agent is of another release than this program."""
    if node.version in ("", __version__):
        return node.complaints
    mend = f"stratus node update {node.name}" if node.is_away else "stratus install"
    other = f"{node.name}: its agent is of release {node.version}, this front end of {__version__}"
    return (*node.complaints, (other, mend))


def _state(node: "Node") -> str:
    if node.trouble:
        return "silent"
    if node.sickness:
        return "sick"
    return "enabled" if node.enabled else "disabled"
