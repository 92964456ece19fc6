"""A plain Debian with its own cloud-init, made from packages, learns from both context disks who it is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.cli import Stratus
from tests.live.conftest import make_key
from tests.live.debian_disk import debian_disk
from tests.live.lab import Guest, Lab, Start

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SIZE = ("--ram", "512", "--swap", "0", "--cpu", "2")
TOLD = 'it\'s "told": é $HOME `id`'
CONFIG = f"""\
#cloud-config
write_files:
  - path: /root/told
    content: {json.dumps(TOLD)}
runcmd:
  - [sh, -c, "echo ran as $(id -un) >/root/ran"]
"""


@pytest.fixture(scope="module")
def debian(stratus: Stratus) -> Iterator[str]:
    """The image's name; it is the same for all sessions, as the content is."""
    disk = debian_disk()
    name = f"lt-{disk.stem}"
    stratus(f"image import {disk} --name {name}")
    yield name
    ids = [str(row["id"]) for row in stratus.rows("describe") if row["image"] == name]
    if ids:
        stratus("wait --for done", *ids)
    stratus(f"image delete {name}", status=None)  # another session may have it in use


def test_cloud_init_applies_user_data_keys_and_name(
    lab: Lab, debian: str, start: Start, key: Path, tmp_path: Path
) -> None:
    config, other = tmp_path / "config", make_key(tmp_path / "other")
    config.write_text(CONFIG, encoding="utf-8")
    keys = ("--key", f"{key}.pub", "--key", f"{other}.pub")

    guest = start("debian", *SIZE, *keys, "--cloud-init", f"cloud-config,{config}", image=debian, timeout_s=180)

    assert _cloud_init_status(guest) == "done"
    assert guest.try_ssh("true", key=other).returncode == 0
    assert guest.ssh("cat /root/told").decode() == TOLD
    assert guest.ssh("cat /root/ran").decode() == "ran as root\n"
    _is_who_it_should_be(guest, "DataSourceNoCloud")
    assert guest.ssh("cat /var/lib/cloud/data/instance-id").decode().startswith(guest.row()["uuid"])
    assert guest.ssh("id -un", user="debian").decode().strip() == "debian"


def test_cloud_init_reads_the_opennebula_disk_as_well(debian: str, start: Start) -> None:
    guest = start("debian-one", *SIZE, "--context-method", "one", "--context", "ROLE=db", image=debian, timeout_s=180)

    assert _cloud_init_status(guest, user="debian") == "done"
    _is_who_it_should_be(guest, "DataSourceOpenNebula", user="debian")
    print(guest.ssh("cloud-init query ds; cloud-init query --all; sudo cat /var/log/cloud-init.log | grep -iE 'warn|fail'; true", user="debian"))


def _cloud_init_status(guest: Guest, user: str = "root") -> str:
    """What cloud-init says when it is through; it says `error` where any of its modules failed."""
    said = guest.ssh("timeout 100 cloud-init status --wait --long; true", user=user, timeout_s=120).decode()
    return said.strip(".\n").splitlines()[0].removeprefix("status: ")


def _is_who_it_should_be(guest: Guest, source: str, user: str = "root") -> None:
    assert guest.ssh("hostname", user=user).decode().strip() == guest.name
    assert source in guest.ssh("cat /var/lib/cloud/instance/datasource", user=user).decode()
    assert f"{guest.address}/" in guest.ssh("ip -4 -o addr", user=user).decode()
    assert "default via" in guest.ssh("ip route", user=user).decode()
