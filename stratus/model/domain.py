"""What a domain shall be, in the cloud's words; the hypervisor door turns it into libvirt's XML."""

from enum import StrEnum

from stratus.model.values import dataclass

SHUT_DOWN = "shut down"  # why a domain is off that ended by itself


class Power(StrEnum):
    """What the hypervisor says of a domain."""

    RUNNING = "running"
    PAUSED = "paused"
    OFF = "off"
    CRASHED = "crashed"


@dataclass(frozen=True)
class DomainDisk:
    """One disk of a domain: an absolute path on the node and the format to read it with, never probed."""

    path: str
    format: str  # raw | qcow2
    target: str  # vda, vdb ...; sda for a CD-ROM
    bus: str = "virtio"  # virtio | scsi (virtio-scsi) | sata
    device: str = "disk"  # disk | cdrom
    read_only: bool = False
    serial: str = ""
    base_path: str = ""  # the read-only image below a qcow2 overlay; "" if the disk stands alone
    base_format: str = ""


@dataclass(frozen=True)
class DomainNic:
    """One network card: its MAC, the bridge that it is plugged into and the name of the tap on the node."""

    mac: str
    bridge: str
    tap: str
    model: str = "virtio"


@dataclass(frozen=True)
class DomainSpec:
    """All that the hypervisor is told of one instance. Explicit, so that a later start gives the same machine."""

    name: str
    uuid: str
    title: str
    vcpu: int
    ram_mib: int
    disks: tuple[DomainDisk, ...]
    nics: tuple[DomainNic, ...]
    console_log: str  # absolute path of the serial console's log on the node
    virt_type: str  # kvm | qemu, as the node probed it; test below libvirt's test driver
    machine: str  # a versioned machine type, such as pc-q35-7.2
    cpu_model: str  # max | host-passthrough | a named model
    vnc_listen: str = "127.0.0.1"
    vnc_port: int = -1  # -1: the hypervisor chooses
    keymap: str = "en-us"
    spare_ports: int = 8  # hot-pluggable PCIe ports left free
    agent: bool = False  # a channel for qemu-guest-agent


@dataclass(frozen=True)
class DomainStatus:
    """One domain as the hypervisor sees it now."""

    name: str
    power: Power
    reason: str = ""
    cpu_time_ns: int = 0
    vcpu: int = 0
    ram_kib: int = 0


@dataclass(frozen=True)
class DomainOutline:
    """What tells one machine from another: as it was asked for, or as the hypervisor has it defined."""

    uuid: str
    vcpu: int
    ram_mib: int
    disks: tuple[tuple[str, str, str], ...]  # target, path, format
    nics: tuple[tuple[str, str, str], ...]  # MAC, bridge, tap
    machine: str
    persistent: bool = True  # False: it is forgotten when it goes off


def outline_of(spec: DomainSpec) -> DomainOutline:
    """The outline of what was asked for."""
    disks = tuple(sorted((disk.target, disk.path, disk.format) for disk in spec.disks))
    nics = tuple(sorted((nic.mac, nic.bridge, nic.tap) for nic in spec.nics))
    return DomainOutline(spec.uuid.lower(), spec.vcpu, spec.ram_mib, disks, nics, spec.machine)


@dataclass(frozen=True)
class HypervisorFacts:
    """What a node's hypervisor is able to do; recorded with the node, so that placement and plans are exact."""

    uri: str
    virt_type: str  # kvm | qemu (or test); kvm only where a guest really started under it
    why_not_kvm: str  # "" with kvm; else what the probe saw
    emulator: str
    machine: str
    cpu_model: str
    version: str
    cpus: int
    ram_mib: int
