"""The appliance with a cloud-init context disk in a SCSI CD-ROM, on real qemu; reboot and power-off."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.disks.iso import iso_image
from stratus.model.context.disk import context_disk
from stratus.model.context.values import CLOUD_INIT, ContextInstance, ContextRequest, UserDataPart
from tests.drivers.appliance.guest import UUID, Guest, running, until

pytestmark = pytest.mark.live

CONFIG = b"""#cloud-config
hostname: from-config
ssh_authorized_keys: ["ssh-ed25519 AAAA config"]
runcmd:
  - echo "$((20 + 1))" >/tmp/one
  - [sh, -c, "echo \\"two $0 \xc3\xa9\\" >/tmp/two", "it's"]
"""
SCRIPT = b"#!/bin/sh\ncat /tmp/one >/tmp/three\n"
VALUES = {"CONSOLE_SHELL": "yes", "ODD": "a\"b'c\n$x é\U0001f600\\n\n"}


@pytest.fixture(scope="module")
def guest(tiny_image: Path, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    folder = tmp_path_factory.mktemp("nocloud")
    parts = (UserDataPart("cloud-config", "c", CONFIG), UserDataPart("x-shellscript", "s", SCRIPT))
    public = key.with_suffix(".pub").read_text().strip()
    request = ContextRequest(CLOUD_INIT, (public,), tuple(VALUES.items()), parts)
    disk = context_disk(request, ContextInstance(id=8, hostname="nocloud-8", uuid=UUID))
    (folder / "context.iso").write_bytes(iso_image(disk))
    (folder / "user-data").write_bytes(disk.file("user-data"))
    (folder / "meta-data").write_bytes(disk.file("meta-data"))
    devices = (
        *("-drive", f"if=none,id=context,file={folder}/context.iso,format=raw,readonly=on"),
        *("-device", "virtio-scsi-pci", "-device", "scsi-cd,drive=context"),
    )
    with running(tiny_image, folder / "guest", key, devices=devices) as guest:
        guest.extra["context"] = folder
        guest.wait_for("test -e /run/context/done")
        yield guest


def test_keys_of_the_meta_data_and_of_the_user_data_are_let_in(guest: Guest, key: Path) -> None:
    lines = guest.ssh("cat /root/.ssh/authorized_keys").decode().splitlines()

    assert lines == [key.with_suffix(".pub").read_text().strip(), "ssh-ed25519 AAAA config"]


def test_the_users_own_host_name_wins(guest: Guest) -> None:
    assert guest.ssh("hostname") == b"from-config\n"


def test_the_documents_are_kept_as_they_came(guest: Guest) -> None:
    for name in ("meta-data", "user-data"):
        assert guest.ssh(f"cat /run/context/{name}") == (guest.extra["context"] / name).read_bytes()


def test_variables_of_the_meta_data_are_kept_byte_for_byte(guest: Guest) -> None:
    for name, value in VALUES.items():
        assert guest.ssh(f"cat /run/context/vars/{name}") == value.encode()


def test_commands_and_scripts_ran_in_their_order(guest: Guest) -> None:
    assert guest.ssh("cat /tmp/one /tmp/two /tmp/three").decode() == "21\ntwo it's é\n21\n"


def test_the_console_is_a_root_shell_where_the_context_says_so(guest: Guest) -> None:
    until(lambda: "root shell" in guest.log(), deadline_s=20, what="the shell")
    guest.console.type("\necho $((6 * 7)) >/tmp/typed; tty\n")

    until(lambda: "/dev/ttyS0" in guest.log(), deadline_s=20, what="the answer")
    assert guest.ssh("cat /tmp/typed") == b"42\n"


def boots(guest: Guest) -> int:
    return len(re.findall(r"stratus: start ", guest.log()))


def test_it_reboots_with_the_same_host_key_and_ends_on_the_power_button(guest: Guest) -> None:
    # known_hosts pins the key of the first boot, and ssh refuses another.
    until(lambda: guest.try_ssh("test ! -e /run/stratus/newkey").returncode == 0, deadline_s=20, what="the kept key")
    assert boots(guest) == 1
    guest.try_ssh("reboot")
    until(lambda: boots(guest) == 2, deadline_s=60, what="the second boot")
    guest.wait_for("test -e /run/context/done", deadline_s=60)
    assert guest.ssh("cat /tmp/one") == b"21\n"

    started = time.monotonic()
    guest.qmp("system_powerdown")
    assert guest.process.wait(timeout=30) == 0
    print(f"power button to end: {time.monotonic() - started:.2f} s")
    assert "going down" in guest.log()
