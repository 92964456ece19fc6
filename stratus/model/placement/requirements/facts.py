"""What can be required of a node: its labels and what it has, by names in capital letters or small. Pure."""

from collections.abc import Mapping

from stratus.model.node import Node
from stratus.model.placement.zones import levels_of


def facts_of(node: Node) -> Mapping[str, str | int]:
    """Everything that may be asked of a node, by its name in small letters. A label hides what has the same name."""
    facts, used = node.hypervisor, node.used
    own: dict[str, str | int] = {
        "name": node.name,
        "hostname": node.name,
        **levels_of(node.zone),
        "zone": node.zone,
        "cpus": facts.cpus,
        "ram": facts.ram_mib,
        "disk": node.disk_mib,
        "used_cpus": used.vcpu,
        "used_ram": used.ram_mib,
        "used_disk": used.disk_mib,
        "instances": used.instances,
        "hypervisor": facts.virt_type,
        "machine": facts.machine,
        "cpu_model": facts.cpu_model,
    }
    return own | {key.lower(): value for key, value in node.labels}
