"""Domains to try the hypervisor door with."""

import dataclasses
import uuid

from stratus.model.domain import DomainDisk, DomainNic, DomainSpec

FOLDER = "/var/lib/stratus/instances/7"

PLAIN = DomainSpec(
    name="one-7",
    uuid="4a941103-c7a1-4d21-8c44-0258e6d3729e",
    title="web server",
    vcpu=1,
    ram_mib=128,
    disks=(DomainDisk(f"{FOLDER}/root.raw", "raw", "vda"),),
    nics=(),
    console_log=f"{FOLDER}/console.log",
    virt_type="qemu",
    machine="pc-q35-7.2",
    cpu_model="max",
)

FULL = dataclasses.replace(
    PLAIN,
    title='it\'s <b>"bold"</b> & new\nline, naïve ☃',
    vcpu=4,
    ram_mib=6144,
    disks=(
        DomainDisk(
            f"{FOLDER}/root.qcow2",
            "qcow2",
            "vda",
            serial="root",
            base_path="/var/lib/stratus/images/a<b>&'c",
            base_format="raw",
        ),
        DomainDisk(f"{FOLDER}/swap.raw", "raw", "vdb", serial="swap"),
        DomainDisk("/var/lib/stratus/images/data", "qcow2", "vdc", read_only=True),
        DomainDisk(f"{FOLDER}/context.iso", "raw", "sda", bus="sata", device="cdrom", read_only=True),
    ),
    nics=(
        DomainNic("02:00:0a:13:40:05", "st-public", "st7n0"),
        DomainNic("02:00:0a:13:41:05", "st-local", "st7n1", model="e1000e"),
    ),
    virt_type="kvm",
    cpu_model="host-passthrough",
    vnc_port=5907,
    keymap="fr",
    agent=True,
)


def another(spec: DomainSpec = PLAIN) -> DomainSpec:
    """The same with a name and a UUID of its own."""
    fresh = uuid.uuid4()
    return dataclasses.replace(spec, name=f"test-{fresh.hex[:8]}", uuid=str(fresh))
