"""Clearing a node: every instance and every network that the agent made goes; for uninstalling."""

import os

from stratus.drivers.hypervisor.protocol import Hypervisor
from stratus.drivers.network.protocol import Network
from stratus.drivers.network.records import Records
from stratus.model.paths import NodePaths


def clear(paths: NodePaths, hypervisor: Hypervisor, network: Network, records: Records) -> None:
    """End and forget the domains that have a folder of ours, take their ports and then the bridges away.

    Domains and bridges of somebody else are left alone. Safe to repeat."""
    names = os.listdir(paths.instances) if os.path.isdir(paths.instances) else []
    ours = {f"one-{name}" for name in names}
    for domain in sorted(ours & hypervisor.domains().keys()):
        hypervisor.destroy(domain)
        hypervisor.undefine(domain)
    for port in network.ports():
        network.unplug(port)
    for bridge in records.bridges():
        network.remove(bridge)
