"""A domain as libvirt's XML, built element by element, so that no text of a user can become markup."""

import os.path
import unicodedata
import uuid
from typing import TYPE_CHECKING

from lxml import etree
from lxml.builder import E

from stratus.errors import BadInput
from stratus.model.domain import DomainDisk, DomainNic, DomainSpec

if TYPE_CHECKING:
    from lxml.etree import _Element

ARCHITECTURE = "x86_64"
FORMATS = ("raw", "qcow2")
INTERFACE_NAME_MAX = 15  # IFNAMSIZ of Linux, less the closing zero


def domain_xml(spec: DomainSpec) -> str:
    """The definition of the domain, the same text for the same spec. Raises BadInput for a value that libvirt would
    refuse or that XML cannot carry. Source of the format: https://libvirt.org/formatdomain.html"""
    _check(spec)
    try:
        domain = E.domain(
            E.name(spec.name),
            E.uuid(spec.uuid),
            *([E.title(_one_line(spec.title))] if spec.title.strip() else []),
            E.memory(str(spec.ram_mib), unit="MiB"),
            E.vcpu(str(spec.vcpu), placement="static"),
            *_machine(spec),
            _devices(spec),
            type=spec.virt_type,
        )
        return etree.tostring(domain, encoding="unicode", pretty_print=True)
    except (ValueError, UnicodeError) as error:
        raise BadInput(f"the domain {spec.name!r} cannot be written as XML: {error}") from error


def _check(spec: DomainSpec) -> None:
    if not spec.name or spec.name.startswith("-") or "/" in spec.name or "\n" in spec.name:
        raise BadInput(
            f"{spec.name!r} is no name for a domain: it is empty, starts with '-' or contains '/' or a newline"
        )
    try:
        uuid.UUID(spec.uuid)
    except ValueError as error:
        raise BadInput(f"{spec.uuid!r} is not a UUID") from error
    if spec.vcpu < 1 or spec.ram_mib < 1 or spec.spare_ports < 0:
        raise BadInput(f"a domain of {spec.vcpu} CPU, {spec.ram_mib} MiB and {spec.spare_ports} spare ports cannot be")
    for what, text in (("name", spec.name), ("title", _one_line(spec.title)), ("console log", spec.console_log)):
        _check_text(what, text)
    _check_path("console log", spec.console_log)
    for disk in spec.disks:
        _check_disk(disk)
    for nic in spec.nics:
        if not 0 < len(nic.tap) <= INTERFACE_NAME_MAX:
            raise BadInput(f"{nic.tap!r} is no name for a tap: it takes 1 to {INTERFACE_NAME_MAX} characters")


def _one_line(title: str) -> str:
    # libvirt refuses a title of several lines, and a title is only for reading.
    return title.replace("\n", " ").replace("\r", " ").replace("\t", " ")


def _check_text(what: str, text: str) -> None:
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise BadInput(f"the {what} of a domain contains the control character U+{ord(character):04X}")


def _check_path(what: str, path: str) -> None:
    _check_text(what, path)
    if not os.path.isabs(path):
        raise BadInput(f"the {what} {path!r} is not an absolute path")


def _check_disk(disk: DomainDisk) -> None:
    _check_path("disk", disk.path)
    for path, kind in ((disk.path, disk.format), (disk.base_path, disk.base_format)):
        if path and kind not in FORMATS:
            raise BadInput(
                f"the format {kind!r} of {path} is neither of {', '.join(FORMATS)}", hint="name it, never probe"
            )
    if disk.base_path:
        _check_path("base image", disk.base_path)
        if disk.format != "qcow2":
            raise BadInput(f"{disk.path} has a base image, which a {disk.format} disk cannot have")


def _machine(spec: DomainSpec) -> tuple["_Element", ...]:
    return (
        E.os(E.type("hvm", arch=ARCHITECTURE, machine=spec.machine), E.boot(dev="hd")),
        E.features(E.acpi(), E.apic()),
        _cpu(spec.cpu_model),
        E.clock(
            E.timer(name="rtc", tickpolicy="catchup"),
            E.timer(name="pit", tickpolicy="delay"),
            E.timer(name="hpet", present="no"),
            offset="utc",
        ),
        E.on_poweroff("destroy"),
        E.on_reboot("restart"),
        E.on_crash("destroy"),
    )


def _cpu(model: str) -> "_Element":
    if model == "max":
        return E.cpu(mode="maximum")
    if model == "host-passthrough":
        return E.cpu(mode="host-passthrough", migratable="on")
    return E.cpu(E.model(model, fallback="forbid"), mode="custom", match="exact")


def _devices(spec: DomainSpec) -> "_Element":
    return E.devices(
        *[_disk(disk) for disk in spec.disks],
        *_controllers(spec),
        *[_nic(nic) for nic in spec.nics],
        # libvirt adds the <console> that belongs to the first serial port by itself.
        E.serial(E.log(file=spec.console_log, append="on"), E.target(type="isa-serial", port="0"), type="pty"),
        *_agent(spec),
        _graphics(spec),
        E.video(E.model(type="vga", vram="16384", heads="1", primary="yes")),
        # Without a balloon the memory that was promised is the memory that there is.
        E.memballoon(model="none"),
        E.rng(E.backend("/dev/urandom", model="random"), model="virtio"),
    )


def _disk(disk: DomainDisk) -> "_Element":
    element = E.disk(
        E.driver(name="qemu", type=disk.format, **({"discard": "unmap"} if disk.device == "disk" else {})),
        E.source(file=disk.path),
        _backing_store(disk),
        E.target(dev=disk.target, bus=disk.bus),
        type="file",
        device=disk.device,
    )
    if disk.read_only or disk.device == "cdrom":
        element.append(E.readonly())
    if disk.serial:
        element.append(E.serial(disk.serial))
    return element


def _backing_store(disk: DomainDisk) -> "_Element":
    # The empty element ends the chain: QEMU opens what is listed here and believes no header of a file.
    if not disk.base_path:
        return E.backingStore()
    return E.backingStore(
        E.format(type=disk.base_format),
        # A base image is shared by many and stays root's: libvirt would give it to its own user and never back.
        E.source(E.seclabel(model="dac", relabel="no"), file=disk.base_path),
        E.backingStore(),
        type="file",
    )


def _controllers(spec: DomainSpec) -> list["_Element"]:
    scsi = any(disk.bus == "scsi" for disk in spec.disks)
    taken = sum(disk.bus == "virtio" for disk in spec.disks) + len(spec.nics) + 1 + spec.agent + scsi
    ports = [
        E.controller(type="pci", index=str(n + 1), model="pcie-root-port") for n in range(taken + spec.spare_ports)
    ]
    return [
        E.controller(type="usb", model="none"),
        E.controller(type="pci", index="0", model="pcie-root"),
        *ports,
        *((E.controller(type="scsi", index="0", model="virtio-scsi"),) if scsi else ()),
    ]


def _nic(nic: DomainNic) -> "_Element":
    return E.interface(
        E.mac(address=nic.mac),
        E.source(bridge=nic.bridge),
        E.target(dev=nic.tap),
        E.model(type=nic.model),
        # Nothing boots from the network here, and the boot ROM costs time at every start.
        E.rom(enabled="no"),
        type="bridge",
    )


def _agent(spec: DomainSpec) -> list["_Element"]:
    if not spec.agent:
        return []
    return [E.channel(E.target(type="virtio", name="org.qemu.guest_agent.0"), type="unix")]


def _graphics(spec: DomainSpec) -> "_Element":
    port = {"port": "-1", "autoport": "yes"} if spec.vnc_port < 0 else {"port": str(spec.vnc_port), "autoport": "no"}
    return E.graphics(
        E.listen(type="address", address=spec.vnc_listen),
        type="vnc",
        keymap=spec.keymap,
        **port,
    )
