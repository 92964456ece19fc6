"""Under systemd: the installer's units, a dispatcher that dies, a power failure, and the end of it all."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import make_key
from tests.live.lab import Lab
from tests.live.patience import until
from tests.live.systemd import Booted, booted

pytestmark = pytest.mark.live
UNITS = ("stratus-sshd.service", "stratus-dispatch.service")
SMALL = "--ram 96 --swap 0"


@pytest.fixture
def home(lab: Lab, tmp_path: Path) -> Path:
    """A user's home, with a key pair and an image."""
    make_key(tmp_path / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], tmp_path / "tiny.img")
    return tmp_path


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the machine's files are kept."""
    folder = tmp_path_factory.mktemp("disk")
    yield folder
    shutil.rmtree(folder)


def test_a_machine_with_systemd_from_its_installation_to_its_end(disk: Path, home: Path) -> None:
    with booted(disk, home) as machine:
        installed = machine.stratus("install --yes")
        again = machine.stratus("install --yes")
        assert "this machine is front end and node now" in installed.stdout
        assert "nothing was changed" in again.stdout
        assert [machine.state_of(unit) for unit in UNITS] == ["active", "active"]

        machine.stratus(f"image import {home}/tiny.img --name tiny")
        machine.stratus(f"run tiny --name keeps {SMALL} --wait")
        a_dispatcher_that_dies_is_started_again(machine)

    with booted(disk, home) as machine:  # after a power failure
        assert [machine.state_of(unit) for unit in UNITS] == ["active", "active"]
        until(lambda: "its node was restarted" in machine.stratus("log keeps").stdout, deadline_s=60, what="a look")
        machine.stratus("wait keeps --timeout 60")
        assert machine.stratus("doctor").stdout == "1 node and 1 instance are as the ledger says\n"

        machine.stratus("uninstall --yes")
        assert [machine.state_of(unit) for unit in UNITS] == ["inactive", "inactive"]
        assert not machine.run("sh", "-c", "ls /etc/systemd/system | grep stratus || :")
        assert "active" not in machine.run("systemctl", "--failed", "--plain", "--no-legend")


def a_dispatcher_that_dies_is_started_again(machine: Booted) -> None:
    before = machine.pid_of(UNITS[1])
    machine.kill([before])
    until(lambda: machine.pid_of(UNITS[1]) not in (0, before), deadline_s=30, what="another dispatcher")
    machine.stratus(f"run tiny --name later {SMALL} --wait")
    machine.stratus("kill later --wait")
