"""Blueprints: what an instance is made of on the node that was chosen for it. Pure."""

from stratus.model.addresses import AddressClass
from stratus.model.argv.disks import clone_format
from stratus.model.domain import DomainDisk, DomainNic, DomainSpec
from stratus.model.image import ImageEntry
from stratus.model.instance import Blueprint, ExtraDisk, Instance
from stratus.model.network import TAP_PREFIX, Port
from stratus.model.node import Node
from stratus.model.paths import NodePaths
from stratus.model.plan import ImageOnNode
from stratus.model.requests import RunRequest


def blueprint_of(
    instance: Instance, request: RunRequest, node: Node, network: AddressClass, image: ImageEntry, hostname: str = ""
) -> Blueprint:
    """What the instance is made of on that node. Machine and CPU are recorded: every later start is the same.

    `hostname` is what name service calls it, if not by its name."""
    folder = NodePaths(node.state_dir).instance(instance.id)
    base = image_on(node, image)
    root_format = clone_format(base.format, node.reflinks)
    overlay = root_format == "qcow2"
    extras = _extra_disks(instance, folder)
    port = Port(
        f"{TAP_PREFIX}{instance.id}n0",
        network.name,
        network.bridge.name,
        instance.lease.mac,
        instance.lease.address,
        hostname or instance.name,
    )
    root = DomainDisk(
        f"{folder}/root.{root_format}",
        root_format,
        "vda",
        serial="root",
        base_path=base.path if overlay else "",
        base_format=base.format if overlay else "",
    )
    targets = zip(("vdb", "vdc"), extras, strict=False)
    disks = [DomainDisk(extra.path, "raw", target, serial=extra.filesystem) for target, extra in targets]
    # A CD-ROM behind virtio-scsi: the kernels that distributions make for clouds have that driver, and often no SATA.
    context = DomainDisk(f"{folder}/context.iso", "raw", "sda", bus="scsi", device="cdrom", read_only=True)
    hypervisor = node.hypervisor
    spec = DomainSpec(
        name=instance.domain,
        uuid=instance.uuid,
        title=instance.name,
        vcpu=instance.cpu,
        ram_mib=instance.ram_mib,
        disks=(root, *disks, context),
        nics=(DomainNic(port.mac, port.bridge, port.tap),),
        console_log=f"{folder}/console.log",
        virt_type=hypervisor.virt_type,
        machine=hypervisor.machine,
        cpu_model="host-passthrough"
        if request.use_host_cpu and hypervisor.virt_type == "kvm"
        else hypervisor.cpu_model,
        vnc_listen=request.vnc_listen,
        vnc_port=request.vnc_port,
        keymap=request.keymap,
    )
    return Blueprint(spec, extras, port, folder, request.context)


def _extra_disks(instance: Instance, folder: str) -> tuple[ExtraDisk, ...]:
    swap = (ExtraDisk(f"{folder}/swap.raw", instance.swap_mib, "swap"),) if instance.swap_mib else ()
    size_mib = instance.volatile_gib * 1024
    volatile = (ExtraDisk(f"{folder}/volatile.raw", size_mib, "ext4"),) if size_mib else ()
    return (*swap, *volatile)


def image_on(node: Node, image: ImageEntry) -> ImageOnNode:
    """Where the image lies on the node."""
    facts = image.facts
    path = f"{NodePaths(node.state_dir).images}/{facts.identifier}.{facts.format}"
    return ImageOnNode(facts.identifier, path, facts.format, facts.checksums.sha256)
