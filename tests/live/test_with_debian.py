"""A plain Debian with its own cloud-init, made from packages, learns from both context disks who it is."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.cli import Stratus
from tests.live.conftest import make_key
from tests.live.debian_disk import debian_disk
from tests.live.lab import Guest, Start

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]

SIZE = ("--ram", "512", "--swap", "0")
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


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_key(tmp_path_factory.mktemp("other") / "other")


@pytest.fixture(scope="module")
def both(
    debian: str, start_for_all: Start, key: Path, other_key: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Guest, Guest]:
    """One guest with each kind of disk, booted side by side."""
    config = tmp_path_factory.mktemp("config") / "config"
    config.write_text(CONFIG, encoding="utf-8")
    keys = ("--key", f"{key}.pub", "--key", f"{other_key}.pub")

    def nocloud() -> Guest:
        data = ("--cloud-init", f"cloud-config,{config}")
        return start_for_all("deb-nocloud", *SIZE, *keys, *data, image=debian, timeout_s=180)

    def one() -> Guest:
        told = ("--context-method", "one", "--context", f"TOLD={TOLD}")
        return start_for_all("deb-one", *SIZE, *told, image=debian, timeout_s=180)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(nocloud), pool.submit(one)
        return first.result(), second.result()


def test_cloud_init_applies_user_data_keys_and_name(both: tuple[Guest, Guest], other_key: Path) -> None:
    guest, _ = both

    assert _cloud_init_status(guest) == "done"
    assert guest.try_ssh("true", key=other_key).returncode == 0
    assert guest.ssh("cat /root/told").decode() == TOLD
    assert guest.ssh("cat /root/ran").decode() == "ran as root\n"
    _is_who_it_should_be(guest, "DataSourceNoCloud")
    assert guest.ssh("cat /var/lib/cloud/data/instance-id").decode().startswith(guest.row()["uuid"])
    assert guest.ssh("id -un", user="debian").decode().strip() == "debian"


def test_cloud_init_reads_the_opennebula_disk_as_well(both: tuple[Guest, Guest]) -> None:
    _, guest = both

    assert _cloud_init_status(guest, user="debian") == "done"
    _is_who_it_should_be(guest, "DataSourceOpenNebula", user="debian")
    assert guest.ssh("cloud-init query ds.meta_data.TOLD", user="debian").decode() == f"{TOLD}\n"
    assert guest.ssh("cloud-init query ds.meta_data.VMID", user="debian").decode() == f"{guest.id}\n"


def _cloud_init_status(guest: Guest, user: str = "root") -> str:
    """What cloud-init says when it is through; it says `error` where any of its modules failed."""
    said = guest.ssh("timeout 100 cloud-init status --wait --long; true", user=user, timeout_s=120).decode()
    return said.strip(".\n").splitlines()[0].removeprefix("status: ")


def _is_who_it_should_be(guest: Guest, source: str, user: str = "root") -> None:
    assert guest.ssh("hostname", user=user).decode().strip() == guest.name
    assert source in guest.ssh("cat /var/lib/cloud/instance/datasource", user=user).decode()
    assert f"{guest.address}/" in guest.ssh("ip -4 -o addr", user=user).decode()
    assert "default via" in guest.ssh("ip route", user=user).decode()
