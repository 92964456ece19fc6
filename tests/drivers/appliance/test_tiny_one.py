"""The appliance with the HEPiX/OpenNebula context disk, on real qemu."""

import html
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.disks.iso import iso_image
from stratus.model.context.disk import context_disk
from stratus.model.context.values import ONE, ContextInstance, ContextRequest, UserDataPart
from tests.drivers.appliance.guest import Guest, running, until

pytestmark = pytest.mark.live

VALUES = {
    "QUOTES": "a\"b'c`d $HOME $(id) \\ \\n %s * <b>&amp;</b>",
    "LINES": "\n\nx\n\nFAKE=1\n",
    "UTF": "é\u20ac\U0001f600",
    "EMPTY": "",
    "DB_PASSWORD": "s3cret",
    "SCRIPT_EXEC": 'echo "$UTF" >>/tmp/executed',
}
SCRIPT = b"#!/bin/bash\nprintf '%s\\n' \"$QUOTES\" >>/tmp/script\n"


@pytest.fixture(scope="module")
def guest(tiny_image: Path, key: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    folder = tmp_path_factory.mktemp("one")
    public = key.with_suffix(".pub").read_text().strip()
    request = ContextRequest(
        ONE, (public, "ssh-ed25519 AAAA other"), tuple(VALUES.items()), (UserDataPart("x-shellscript", "s", SCRIPT),)
    )
    instance = ContextInstance(id=7, hostname="one-7", uuid="6f1c2d3e-0000-4000-8000-00000000a001")
    (folder / "context.iso").write_bytes(iso_image(context_disk(request, instance)))
    swap, volatile, spare = folder / "swap", folder / "volatile", folder / "spare"
    for path, megabytes in ((swap, 32), (volatile, 16), (spare, 24)):
        with path.open("wb") as file:
            file.truncate(megabytes << 20)
    subprocess.run(["mkswap", "-q", str(swap)], check=True, timeout=30)
    subprocess.run(["mkfs.ext4", "-q", "-L", "volatile", str(volatile)], check=True, timeout=30)
    devices = (
        *("-drive", f"if=none,id=context,file={folder}/context.iso,format=raw,readonly=on"),
        *("-device", "virtio-blk-pci,drive=context"),
        *("-drive", f"if=none,id=swap,file={swap},format=raw", "-device", "virtio-blk-pci,drive=swap"),
        *("-drive", f"if=none,id=volatile,file={volatile},format=raw", "-device", "virtio-blk-pci,drive=volatile"),
    )
    with running(tiny_image, folder / "guest", key, devices=devices) as guest:
        guest.extra["spare"] = spare
        guest.wait_for("test -e /run/context/done")
        yield guest


def test_it_answers_ssh_within_seconds_and_is_small(guest: Guest, tiny_image: Path) -> None:
    print(f"start to ssh: {guest.seconds:.1f} s, image: {tiny_image.stat().st_size / 1e6:.1f} MB")

    assert guest.seconds < 60  # three to five where nothing else runs
    assert tiny_image.stat().st_size < 25_000_000


def test_the_users_key_opens_it_and_the_host_name_is_the_contexts(guest: Guest) -> None:
    assert guest.ssh("uname -n; id -u; cat /etc/hostname").decode().split() == ["one-7", "0", "one-7"]


def test_keys_are_let_in_once_although_the_disks_own_script_adds_them_too(guest: Guest) -> None:
    lines = guest.ssh("cat /root/.ssh/authorized_keys").decode().splitlines()

    assert len(lines) == 2 and lines[1] == "ssh-ed25519 AAAA other"


def test_a_session_gets_a_terminal(guest: Guest) -> None:
    argv = [*guest.ssh_argv("RequestTTY=force"), "stty rows 30 columns 100; tty; stty size"]
    # An end of input right at the start makes dropbear of 2025 hang the terminal up, before anything runs on it.
    reader, writer = os.pipe()
    try:
        done = subprocess.run(argv, stdin=reader, capture_output=True, timeout=20, check=True)
    finally:
        os.close(reader)
        os.close(writer)

    assert re.search(r"/dev/pts/\d+\s+30 100", done.stdout.decode())


def test_no_password_is_even_asked_for(guest: Guest) -> None:
    done = guest.try_ssh("true", "PubkeyAuthentication=no", "PreferredAuthentications=password,keyboard-interactive")

    assert done.returncode == 255
    assert b"Permission denied (publickey)" in done.stderr


def test_every_context_value_arrives_byte_for_byte(guest: Guest) -> None:
    for name, value in VALUES.items():
        assert guest.ssh(f"cat /run/context/vars/{name}") == value.encode(), name
    assert guest.ssh("cat /run/context/vars/VMID") == b"7"
    assert b"FAKE" not in guest.ssh("ls /run/context/vars").split()


def test_the_users_command_and_the_script_ran_once_with_the_variables(guest: Guest) -> None:
    assert guest.ssh("cat /tmp/executed").decode() == VALUES["UTF"] + "\n"
    assert guest.ssh("cat /tmp/script").decode() == VALUES["QUOTES"] + "\n"


def test_the_page_shows_name_address_and_context_as_text(guest: Guest) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{guest.http_port}/", timeout=20) as answer:
        page = answer.read().decode()

    assert "<h1>one-7</h1>" in page and "10.0.2.15" in page
    assert "<b>&amp;</b>" not in page and "&lt;b&gt;&amp;amp;&lt;/b&gt;" in page
    assert VALUES["QUOTES"] in html.unescape(page) and VALUES["UTF"] in page
    assert "s3cret" not in page


def test_swap_is_used_and_the_volatile_disk_is_mounted(guest: Guest) -> None:
    assert len(guest.ssh("grep ^/dev/vd /proc/swaps").splitlines()) == 1
    assert guest.ssh("echo hello >/mnt/volatile/f; cat /mnt/volatile/f") == b"hello\n"


def test_a_disk_can_be_plugged_in_and_out(guest: Guest) -> None:
    before = set(guest.ssh("ls /dev").decode().split())
    guest.qmp(
        "blockdev-add",
        driver="raw",
        **{"node-name": "spare"},
        file={"driver": "file", "filename": str(guest.extra["spare"])},
    )
    guest.qmp("device_add", driver="virtio-blk-pci", drive="spare", id="hot", bus="spare1", serial="vol-1")

    disk = guest.wait_for("grep -l '^vol-1$' /sys/block/*/serial").decode().split("/")[3]
    assert disk not in before
    size = guest.ssh(
        f"cat /sys/block/{disk}/size; mkdir /mnt/v; mke2fs /dev/{disk} >/dev/null; mount -t ext4 /dev/{disk} /mnt/v"
    )
    assert size == b"49152\n"
    guest.ssh("umount /mnt/v")
    guest.qmp("device_del", id="hot")
    guest.wait_for(f"test ! -e /dev/{disk}")


def test_a_card_that_is_plugged_in_gets_an_address(guest: Guest) -> None:
    guest.qmp("netdev_add", type="user", id="net2", net="10.9.8.0/24")
    guest.qmp("device_add", driver="virtio-net-pci", netdev="net2", id="card2", bus="spare2", mac="52:54:0a:09:08:0f")

    guest.wait_for("ip -4 -o addr | grep -q 10.9.8.15")
    assert b"10.0.2.2" in guest.ssh("ip route get 8.8.8.8")  # the first card keeps the default route
    guest.qmp("device_del", id="card2")
    guest.wait_for("! ip -4 -o addr | grep -q 10.9.8.15 && test ! -e /run/stratus/dhcp.eth1")


def test_the_clock_is_right(guest: Guest) -> None:
    assert abs(int(guest.ssh("date +%s")) - time.time()) < 30


def test_the_console_shows_a_prompt_without_a_shell(guest: Guest) -> None:
    until(lambda: "one-7> " in guest.log(), deadline_s=20, what="the prompt")
    at = len(guest.log())
    guest.console.type("touch /tmp/typed\n")

    until(lambda: "one-7: address 10.0.2.15" in guest.log()[at:], deadline_s=20, what="the status")
    assert guest.try_ssh("test -e /tmp/typed").returncode == 1


def test_ssh_is_there_before_the_scripts_are_done(guest: Guest) -> None:
    log = guest.log()

    assert 0 < log.index("SSH server ready") < log.index("context done")
