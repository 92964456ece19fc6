"""stratus node list: the nodes, what they have and what is promised."""

import click

from stratus import output
from stratus.commands.options import output_option
from stratus.commands.session import Session, pass_session
from stratus.model.node import Node
from stratus.model.requests import ListNodesRequest

COLUMNS = ("name", "state", "runs under", "instances", "cpu", "ram", "address", "trouble")


@click.command("list")
@output_option
@pass_session
def command(session: Session, format: str) -> None:
    """Show the nodes. CPU and RAM are promised / there.

    \b
    Example:
      stratus node list
    """
    output.rows([_row(node) for node in session.perform(ListNodesRequest())], COLUMNS, format)


def _row(node: Node) -> dict[str, object]:
    facts = node.hypervisor
    return {
        "name": node.name,
        "state": "silent" if node.trouble else "enabled" if node.enabled else "disabled",
        "runs under": facts.virt_type,
        "instances": node.used.instances,
        "cpu": f"{node.used.vcpu}/{facts.cpus}",
        "ram": f"{node.used.ram_mib}/{facts.ram_mib} MiB",
        "address": f"{node.reach.host}:{node.reach.port}" if node.reach.way == "ssh" else "this machine",
        "trouble": node.trouble,
        "why not kvm": facts.why_not_kvm,
        "machine": facts.machine,
        "cpu model": facts.cpu_model,
        "reflinks": node.reflinks,
        "disk_mib": node.disk_mib,
        "used_disk_mib": node.used.disk_mib,
    }
