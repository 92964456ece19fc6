"""Dispatcher and agent: who delivers, and what becomes of an order when one of them is killed in the middle of it.

What is killed belongs to a machine of the tests' own, on which the installer makes another cloud.
"""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.live.cli import Stratus
from tests.live.conftest import make_key
from tests.live.island import Island, island
from tests.live.lab import Guest, Lab
from tests.live.patience import until

pytestmark = pytest.mark.live

AGENT, DISPATCHER = "stratus.nodeagent ssh-entry", "stratus.cli dispatch --resident"
SMALL = "--ram 96 --swap 0"


def test_a_resident_dispatcher_delivers_and_nobody_else(lab: Lab, stratus: Stratus, all_ended: None) -> None:
    refused = stratus("dispatch --once", status=4)
    (row,) = stratus.rows(f"run {lab.image} {SMALL}", "--name", lab.name("delivered"))
    (guest,) = lab.adopt("delivered")

    assert "a dispatcher runs already" in refused.stderr
    assert row["state"] in ("pending", "prolog")  # the command did not wait for anything
    guest.wait_for_state("running", deadline_s=60)
    assert guest.states() == ["pending", "prolog", "boot", "running"]
    sent = guest.history()[1]
    assert sent["cause"].startswith("sent to ") and sent["at_s"] - guest.history()[0]["at_s"] < 5


@pytest.fixture(scope="module")
def other(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    """Another machine, made front end and node by the installer, with the appliance's image."""
    home = tmp_path_factory.mktemp("island")
    make_key(home / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], home / "tiny.img")
    with island(home) as machine:
        installed = machine.stratus("install --yes")
        assert "this machine is front end and node now" in installed.stdout + installed.stderr
        machine.stratus(f"image import {home}/tiny.img --name tiny")
        yield machine


def test_an_agent_that_is_killed_in_the_middle_of_an_order_ends_it_once_when_it_is_back(other: Island) -> None:
    argv = other.stratus.argv(f"run tiny --name killed {SMALL} --volatile-disk 4 --wait=running")
    run = subprocess.Popen(argv, env=other.stratus.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    agents = other.processes(AGENT)
    try:
        until(lambda: _begun(other), deadline_s=20, what="the order to be in hand", every_s=0.005)
        other.kill(agents)
        still_open = _begun(other)
        said, _ = run.communicate(timeout=120)
    finally:
        run.kill()

    assert agents and not set(agents) & set(other.processes(AGENT))
    assert still_open, "the order was over before the agent was killed"
    assert run.returncode == 0, said.decode()
    guest = _guest(other, "killed")
    assert guest.states() == ["pending", "prolog", "boot", "running"]
    titles = [step["title"] for step in guest.history()[-1]["steps"]]
    assert len(titles) == len(set(titles)) and titles[-1] == f"start {guest.domain}"
    assert {step["outcome"] for step in guest.history()[-1]["steps"]} <= {"did", "was done"}
    assert other.run("virsh", "list", "--name").split() == [guest.domain]
    other.stratus("wait --for ssh killed")
    assert guest.ssh("hostname") == b"killed\n"


def test_without_a_dispatcher_the_commands_deliver_themselves_until_one_is_back(other: Island) -> None:
    dispatchers = other.processes(DISPATCHER)
    other.kill(dispatchers)
    until(lambda: not other.processes(AGENT), deadline_s=30, what="its agent to end with its channel")

    other.stratus(f"run tiny --name alone {SMALL} --wait=running")
    assert not other.processes(DISPATCHER)
    guest = _guest(other, "alone")
    assert guest.states() == ["pending", "prolog", "boot", "running"]
    assert "1 of 1 nodes answered" in other.stratus("dispatch --once").stdout

    other.stratus("install --yes")
    assert len(other.processes(DISPATCHER)) == 1
    other.stratus("kill --wait alone")
    assert guest.states()[-1] == "done" and other.stratus("dispatch --once", status=4).stderr


def test_uninstall_takes_away_what_install_made(other: Island) -> None:
    other.stratus(f"run tiny --name last {SMALL} --wait=running")

    other.stratus("uninstall --yes")

    assert other.run("virsh", "-c", "qemu:///system", "list", status=None) == ""
    for text in ("stratus", "qemu-system", "dnsmasq", "libvirtd", "sshd"):
        assert other.processes(text) == [], text
    assert "stratus" not in other.run("nft", "list", "tables") + other.run("ip", "link")
    assert other.run("find", "/var/lib/stratus", "/etc/stratuslab", "-mindepth", "1", status=None) == ""


def _begun(machine: Island) -> str:
    """What the agent's journal says of the orders that it has in hand."""
    return machine.run("ls", "/var/lib/stratus/node/journal/open", status=None).strip()


def _guest(machine: Island, name: str) -> Guest:
    (row,) = machine.stratus.rows(f"describe {name}")
    return Guest(machine.stratus, machine.stratus.home / ".ssh" / "id_ed25519", row["id"], name, row["address"])
