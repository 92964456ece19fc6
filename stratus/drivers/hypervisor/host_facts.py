"""What libvirt says of its machine: size, emulator, the versioned machine type and the version of the hypervisor."""

import os
from typing import Any

import libvirt
from lxml import etree

from stratus.model.values import dataclass

MACHINE = "q35"
ARCHITECTURE = "x86_64"


@dataclass(frozen=True)
class HostFacts:
    """Said by libvirt without starting anything; `emulator` and `machine` are "" where a driver has none."""

    cpus: int
    ram_mib: int
    version: str
    emulator: str
    machine: str


def host_facts(connect: Any) -> HostFacts:
    """The facts of the machine behind a virConnect."""
    _model, ram_mib, cpus, *_topology = connect.getInfo()
    if connect.getURI() == "qemu:///system":
        # libvirt adds up the NUMA cells, whose sizes leave out memory that was plugged in later.
        ram_mib = max(ram_mib, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20)
    emulator, machine = _emulator(connect)
    return HostFacts(int(cpus), int(ram_mib), _version(connect.getVersion()), emulator, machine)


def _emulator(connect: Any) -> tuple[str, str]:
    try:
        # Asked for plain emulation, which every machine has: of KVM libvirt only knows the device node.
        text = connect.getDomainCapabilities(None, ARCHITECTURE, MACHINE, "qemu", 0)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT:
            return "", ""
        raise
    answer = etree.fromstring(text)
    return answer.findtext("path", ""), answer.findtext("machine", "")


def _version(number: int) -> str:
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"
