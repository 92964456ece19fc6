"""The command lines that a plan prints for a domain."""

from stratus.model.argv import hypervisor

URI = "qemu:///system"


def test_they_are_what_an_administrator_would_type() -> None:
    lines = [
        hypervisor.define(URI, "/var/lib/stratus/instances/7/domain.xml"),
        hypervisor.start(URI, "one-7"),
        hypervisor.shutdown(URI, "one-7"),
        hypervisor.destroy(URI, "one-7"),
        hypervisor.reboot(URI, "one-7"),
        hypervisor.reset(URI, "one-7"),
        hypervisor.console(URI, "one-7"),
        hypervisor.console(URI, "one-7", force=True),
    ]

    assert [" ".join(line) for line in lines] == [
        "virsh -c qemu:///system define /var/lib/stratus/instances/7/domain.xml",
        "virsh -c qemu:///system start one-7",
        "virsh -c qemu:///system shutdown one-7",
        "virsh -c qemu:///system destroy one-7",
        "virsh -c qemu:///system reboot one-7",
        "virsh -c qemu:///system reset one-7",
        "virsh -c qemu:///system console one-7",
        "virsh -c qemu:///system console one-7 --force",
    ]


def test_undefine_leaves_nothing_of_libvirts_behind() -> None:
    line = hypervisor.undefine(URI, "one-7")

    assert line[:5] == ("virsh", "-c", URI, "undefine", "one-7")
    assert {"--managed-save", "--nvram", "--snapshots-metadata", "--checkpoints-metadata"} == set(line[5:])
