"""A node whose libvirt, disk or way is sick, on a machine of the tests' own: the cause is told, and it comes back."""

import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import make_key
from tests.live.island import Island, island
from tests.live.lab import Lab
from tests.live.patience import until

pytestmark = pytest.mark.live

SMALL = "--ram 96 --swap 0"
INSTANCES = "/var/lib/stratus/instances"
SIGHT_S = 40  # a look comes every ten seconds, and a hung libvirt is given six
# Listens on 127.0.0.1, takes connections and says nothing.
SILENT = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
taken = []
while True:
    taken.append(listener.accept())
"""
# Hands connections on to another port after a delay.
SLOW = """
import socket, sys, threading, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))

def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)

def hand_on(client):
    time.sleep(5)
    server = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
    threading.Thread(target=copy, args=(client, server), daemon=True).start()
    copy(server, client)

while True:
    threading.Thread(target=hand_on, args=(listener.accept()[0],), daemon=True).start()
"""


@pytest.fixture(scope="module")
def machine(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    """Another machine with a cloud, whose instances' folder is a small disk of its own, and one instance, `calm`."""
    home = tmp_path_factory.mktemp("island")
    make_key(home / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], home / "tiny.img")
    (home / "silent.py").write_text(SILENT)
    (home / "slow.py").write_text(SLOW)
    with island(home) as other:
        other.stratus("install --yes")
        other.run("mount", "-t", "tmpfs", "-o", "size=256m,nr_inodes=400,mode=711", "small", INSTANCES)
        other.stratus(f"image import {home}/tiny.img --name tiny")
        other.stratus(f"run tiny --name calm {SMALL} --wait=running")
        yield other


def node(machine: Island) -> dict[str, Any]:
    (row,) = machine.stratus.rows("node list")
    return row


def sick(machine: Island, state: str, words: str) -> str:
    """What `why` says first, once the node is in that state because of these words; it is asked without delay."""
    until(
        lambda: (row := node(machine))["state"] == state and words in row["trouble"],
        deadline_s=SIGHT_S,
        what=f"the node to be {state}: {words}; it is {node(machine)}",
    )
    began = time.monotonic()
    machine.stratus("describe")
    assert time.monotonic() - began < 5
    return machine.stratus("why calm").stdout


def well(machine: Island) -> None:
    """Until everything is as before, by itself."""
    until(
        lambda: node(machine)["state"] == "enabled" and machine.stratus.rows("describe calm")[0]["state"] == "running",
        deadline_s=SIGHT_S,
        what=f"the node to be well; it is {node(machine)}",
    )


def signal(machine: Island, name: str, text: str) -> None:
    machine.run("kill", f"-{name}", *map(str, machine.processes(text)))


def test_a_libvirt_that_hangs_is_named_and_comes_back(machine: Island) -> None:
    signal(machine, "STOP", "libvirtd")
    try:
        told = sick(machine, "sick", "libvirt does not answer")
        until(
            lambda: machine.stratus.rows("describe calm")[0]["state"] == "unknown", deadline_s=SIGHT_S, what="unknown"
        )
        noted = machine.stratus("describe").stderr
        refused = machine.stratus(f"run tiny --name more {SMALL}", status=5).stderr
    finally:
        signal(machine, "CONT", "libvirtd")
    assert "is sick: libvirt does not answer" in told and "systemctl restart libvirtd" in told
    assert "libvirt does not answer" in noted and "was seen" in noted and "is sick" in refused
    well(machine)


def test_a_libvirt_that_died_is_named_and_comes_back(machine: Island) -> None:
    (pid,) = machine.processes("libvirtd")
    argv = machine.run("ps", "-o", "args=", "-p", str(pid)).split()
    machine.kill([pid])
    told = sick(machine, "sick", "libvirt does not answer")
    machine.run(*argv)
    assert "systemctl start libvirtd" in told
    well(machine)


@pytest.mark.parametrize(
    ("disease", "cure", "words"),
    [
        ("head -c 400m /dev/zero >{0}/filler || :", "rm {0}/filler", "its disk is full: 0 MiB free in"),
        ("i=0; while touch {0}/file$i; do i=$((i+1)); done || :", "rm {0}/file*", "its disk has no inodes left"),
    ],
    ids=["full", "no inodes"],
)
def test_a_disk_on_which_nothing_can_be_made_is_named(machine: Island, disease: str, cure: str, words: str) -> None:
    machine.run("sh", "-c", disease.format(INSTANCES))
    try:
        failed = machine.stratus(f"run tiny --name early {SMALL} --wait=running", status=None)  # before it is noticed
        told = sick(machine, "sick", words)
    finally:
        machine.run("sh", "-c", cure.format(INSTANCES))
    assert f"is sick: {words}" in told and INSTANCES in told
    assert failed.status and ("space" in failed.stderr or words in failed.stderr), failed
    well(machine)
    if any(row["name"] == "early" for row in machine.stratus.rows("describe")):
        machine.stratus("kill --wait early")
    assert machine.run("ls", INSTANCES).split() == ["1"]


class Way:
    """The sshd of the node, which can be taken away and put back."""

    def __init__(self, machine: Island) -> None:
        self._machine = machine
        pids = machine.processes("sshd")
        lines = [machine.run("ps", "-o", "args=", "-p", str(pid)).strip() for pid in pids]
        listener = next(line for line in lines if "listener" in line)
        self.argv = shlex.split(listener.removeprefix("sshd: ").split(" [listener]")[0])
        self.port = node(machine)["address"].split(":")[1]

    def close(self) -> None:
        self._machine.kill(self._machine.processes("sshd"))

    def open(self, *options: str) -> None:
        self._machine.run(*self.argv, *options)

    def instead(self, program: Path, *words: str) -> None:
        self._machine.run("sh", "-c", f"python3 {shlex.join([str(program), self.port, *words])} >/dev/null 2>&1 &")


def test_a_way_that_is_closed_silent_slow_or_anothers_is_named_and_comes_back(machine: Island) -> None:
    way, home = Way(machine), machine.stratus.home
    way.close()
    refused = sick(machine, "silent", "connection refused")
    way.instead(home / "silent.py")
    silent = sick(machine, "silent", "accepts connections but says nothing")
    signal(machine, "KILL", "silent.py")
    assert "start sshd on the node" in refused and "is it sshd that listens there" in silent

    way.instead(home / "slow.py", "2222")
    way.open("-p", "2222")
    well(machine)
    machine.stratus(f"run tiny --name slow {SMALL} --wait=running")
    machine.stratus("kill --wait slow")
    signal(machine, "KILL", "slow.py")
    way.close()
    way.open()
    well(machine)


def test_another_host_key_is_named_with_both_fingerprints(machine: Island) -> None:
    way = Way(machine)
    key = machine.run("sh", "-c", f"sed -n 's/^HostKey //p' {way.argv[-1]}").split()[0]
    machine.run("mv", key, f"{key}.own")
    machine.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    way.close()
    way.open()
    told = sick(machine, "silent", "THE HOST KEY HAS CHANGED")
    machine.run("mv", f"{key}.own", key)
    way.close()
    way.open()
    assert told.count("SHA256:") >= 2
    well(machine)


def test_a_disk_that_became_read_only_is_named_and_nothing_is_placed_on_it(machine: Island) -> None:
    machine.stratus("kill --wait calm")
    machine.run("mount", "-o", "remount,ro", INSTANCES)
    until(lambda: node(machine)["state"] == "sick", deadline_s=SIGHT_S, what="the node to be sick")
    told = node(machine)
    refused = machine.stratus(f"run tiny --name more {SMALL}", status=5).stderr
    machine.run("mount", "-o", "remount,rw", INSTANCES)
    assert f"its disk is read-only: {INSTANCES}" in told["trouble"]
    assert f"it is sick: its disk is read-only: {INSTANCES}" in refused and "remount,rw" in told["mend"]
    until(lambda: node(machine)["state"] == "enabled", deadline_s=SIGHT_S, what="the node to be well")
    machine.stratus(f"run tiny --name more {SMALL} --wait=running")
