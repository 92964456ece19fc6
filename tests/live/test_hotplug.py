"""Devices that come and go while the instance runs: the ports that are kept free for them work."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.lab import Guest, Start
from tests.live.node import virsh

pytestmark = pytest.mark.live

DISKS = ("vdx", "vdy", "vdz")


@pytest.fixture
def guest(start: Start) -> Guest:
    guest = start("hotplug")
    guest.wait_for("test -e /run/context/done && pidof uevent")
    return guest


@pytest.fixture
def disks(guest: Guest) -> Iterator[dict[str, Path]]:
    """Three small disks where qemu's own user may come; each begins with its name."""
    found = {}
    for name in DISKS:
        found[name] = Path(f"/var/tmp/{guest.name}-{name}.raw")
        found[name].write_bytes(f"this is {name}\n".encode().ljust(8 << 20, b"\0"))
    yield found
    for path in found.values():
        path.unlink()


def test_disks_are_plugged_in_used_and_taken_out_again(guest: Guest, disks: dict[str, Path]) -> None:
    before = set(guest.words("ls /sys/block"))
    mark = secrets.token_hex(8)
    for name, path in disks.items():
        virsh("attach-disk", guest.domain, str(path), name, "--live", "--subdriver", "raw", "--serial", f"lt-{name}")

    for name in DISKS:
        guest.wait_for(f"grep -qx lt-{name} /sys/block/*/serial")
        device = guest.words(f"grep -lx lt-{name} /sys/block/*/serial")[0].split("/")[3]
        assert device not in before
        assert guest.ssh(f"head -n 1 /dev/{device}").decode() == f"this is {name}\n"
        guest.ssh(f"printf {mark} | dd of=/dev/{device} bs=512 seek=1 && sync")
    assert guest.row()["state"] == "running"

    for name in DISKS:
        virsh("detach-disk", guest.domain, name, "--live")
    guest.wait_for("! grep -q ^lt- /sys/block/*/serial")
    assert set(guest.words("ls /sys/block")) == before
    for path in disks.values():
        with path.open("rb") as file:
            file.seek(512)
            assert file.read(16).decode() == mark
        assert os.stat(path).st_size == 8 << 20
