"""A cloud of three machines: nodes are added with a key and at a password prompt, run instances that reach each other,
lose power and come back, are drained and removed.

Each machine is a set of namespaces with an sshd, a libvirtd and folders of its own; cables join them to one switch."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.live.conftest import make_key
from tests.live.island import Island, island
from tests.live.lab import Guest, Lab
from tests.live.machines import PASSWORD, PUBLIC, SENT, Machine, let_in, made_folders, switched
from tests.live.patience import until

pytestmark = pytest.mark.live

SMALL, RESTARTED = "--ram 96 --swap 0", "its node was restarted"


@dataclass(frozen=True)
class Cloud:
    """The front end, and the machines that are to be its nodes."""

    front: Island
    key: Path
    machines: tuple[Machine, Machine]


@pytest.fixture(scope="module")
def cloud(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A front end that is installed and has the appliance's image, and two bare machines on its network."""
    home = tmp_path_factory.mktemp("front")
    key = make_key(home / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], home / "tiny.img")
    with ExitStack() as stack:
        made_folders(stack)
        switch = stack.enter_context(switched())
        front = stack.enter_context(island(home, "lt-front"))
        switch.plug(front, 1)
        front.stratus(f"{PUBLIC} install --yes")
        front.stratus(f"image import {home}/tiny.img --name tiny")
        machines = tuple(Machine(tmp_path_factory.mktemp(f"lt-n{number}"), number, switch) for number in (2, 3))
        for machine in machines:
            machine.boot()
            stack.callback(machine.cut)
        let_in(machines[0], key)
        yield Cloud(front, key, (machines[0], machines[1]))


def test_nodes_are_added_run_instances_and_are_removed_without_a_trace(cloud: Cloud) -> None:
    stratus, (first, second) = cloud.front.stratus, cloud.machines
    clean = first.files()
    add = f"node add {first.address} --name n1 --key {cloud.key}"

    assert "SHA256:wrong" in stratus(f"{add} --host-key SHA256:wrong", status=4).stderr
    assert first.fingerprint in stratus(add, status=2).stderr
    planned = stratus(f"{add} --plan -o json").json
    assert first.files() == clean
    (row,) = stratus.rows(f"{add} --host-key {first.fingerprint}")
    assert (row["name"], row["state"]) == ("n1", "enabled")
    assert {step["where"] for step in planned["steps"]} == {"n1", "here"}
    assert first.island.run("ss", "-Hltn").count("LISTEN") == 2  # its sshd alone, for IPv4 and IPv6
    again = stratus(f"{add} -o json")
    assert again.stderr.count("nothing to do") == len(planned["steps"]) - 2
    add_at_a_prompt(cloud, second)

    steps = [
        [step["title"] for step in plan["steps"]] for plan in stratus(f"run tiny -n 3 {SMALL} --plan -o json").json
    ]
    assert [titles[0].startswith("send the image") for titles in steps].count(True) == 2
    stratus(f"run tiny --name web -n 3 {SMALL} --wait", timeout_s=200)
    rows = stratus.rows("describe")
    assert {row["node"] for row in rows} == {"n1", "n2", "lt-front"} and {row["state"] for row in rows} == {"running"}
    assert [len(machine.island.run("virsh", "list", "--name").split()) for machine in cloud.machines] == [1, 1]

    assert stratus(f"node run --on n1 --key {cloud.key} -- hostname").stdout == "n1: lt-n1\n"
    assert "this key opens the agent only" in with_the_front_ends_key(cloud, first, "cat", "/etc/shadow")
    assert "has 1 instance" in stratus("node remove n1", status=4).stderr
    stratus("kill web-1 web-2 web-3 --wait")
    gone = stratus(f"node remove n1 --uninstall --key {cloud.key} --plan").stdout
    assert f"n1: rm -r {SENT}\n" in gone
    stratus(f"node remove n1 --uninstall --key {cloud.key}")
    until(lambda: not first.island.processes("nodeagent"), deadline_s=10, what="the agents to end")
    assert first.files() == clean
    stratus(f"{add} --host-key {first.fingerprint}")
    stratus(f"run tiny --name again -n 3 {SMALL} --wait", timeout_s=100)
    assert "n1" in {row["node"] for row in stratus.rows("describe")}


def with_the_front_ends_key(cloud: Cloud, machine: Machine, *words: str) -> str:
    """What comes of asking for something else with the key that opens the agent."""
    argv = ["ssh", "-F", "none", "-o", "IdentitiesOnly=yes", "-i", "/var/lib/stratus/frontend/id_ed25519"]
    argv += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", f"root@{machine.address}", *words]
    done = subprocess.run([*cloud.front.prefix, *argv], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0 and not done.stdout
    return done.stderr


def add_at_a_prompt(cloud: Cloud, machine: Machine) -> None:
    """As a person does who has nothing but the password, and compares the host key."""
    stratus = cloud.front.stratus
    argv = stratus.argv(f"node add {machine.address} --name {machine.name} --ask-password")
    with pexpect.spawn(argv[0], argv[1:], env=stratus.environ, timeout=60, encoding="utf-8") as terminal:
        terminal.expect_exact(machine.fingerprint)
        terminal.expect_exact("Is it the same?")
        terminal.sendline("y")
        terminal.expect("password: ")
        terminal.sendline(PASSWORD)
        terminal.expect(pexpect.EOF)
        said = terminal.before
    assert terminal.exitstatus == 0, said
    assert PASSWORD not in said


def test_guests_of_three_nodes_reach_each_other_and_outlive_a_power_cut(cloud: Cloud) -> None:
    stratus, second = cloud.front.stratus, cloud.machines[1]
    ids = [str(row["id"]) for row in stratus.rows("describe")]
    stratus(f"kill --wait {' '.join(ids)}")
    stratus(f"run tiny --name lan --apart lan -n 3 {SMALL} --wait=ssh", timeout_s=100)
    (extra,) = stratus.rows(f"run tiny --name extra --requirements NAME=n2 {SMALL} --wait")
    guests = {row["node"]: guest_of(cloud, row) for row in stratus.rows("describe") if row["name"] != "extra"}
    assert sorted(guests) == ["lt-front", "n1", "n2"]
    for guest, other in permutations(guests.values(), 2):
        assert_reaches(guest, other)

    second.libvirtd = True
    second.cut()
    until(lambda: state_of(cloud, "n2") == "silent", deadline_s=60, what="n2 to be missed")
    stratus("kill extra")
    assert "a kill does not expire" in stratus("why extra").stdout
    assert_reaches(guests["lt-front"], guests["n1"])
    second.boot()
    lost = guests["n2"]
    until(lambda: RESTARTED in stratus(f"log {lost.id}").stdout, deadline_s=60, what="n2 to be seen again")
    stratus(f"wait --for ssh {lost.id}")
    stratus(f"wait --for done {extra['id']}")
    for other in (guests["lt-front"], guests["n1"]):
        assert_reaches(other, lost)
        assert_reaches(lost, other)

    first = cloud.machines[0].island
    running = first.processes("qemu-system")
    stratus(f"node update n1 --key {cloud.key}")
    assert running and first.processes("qemu-system") == running

    stratus("node drain n1 --stop --force --wait")
    assert {row["node"] for row in stratus.rows("describe") if row["state"] == "running"} == {"lt-front", "n2"}
    stratus(f"run tiny --name next -n 2 {SMALL} --wait", timeout_s=60)
    assert "n1" not in {row["node"] for row in stratus.rows("describe") if row["name"].startswith("next")}
    assert stratus("doctor -o json").json["findings"] == []


def guest_of(cloud: Cloud, row: dict[str, Any]) -> Guest:
    return Guest(cloud.front.stratus, cloud.key, row["id"], row["name"], row["address"])


def assert_reaches(guest: Guest, other: Guest) -> None:
    """By ping, and by a connection to the port of its SSH server."""
    said = guest.ssh(f"ping -c 1 -W 5 {other.address} && nc -w 5 {other.address} 22 </dev/null | head -n 1").decode()
    assert " 0% packet loss" in said and "SSH-2.0" in said, f"{guest.name} to {other.name}: {said}"


def state_of(cloud: Cloud, node: str) -> str:
    (row,) = cloud.front.stratus.rows(f"node show {node}")
    return str(row["state"])


def test_a_machine_with_another_host_key_is_refused(cloud: Cloud) -> None:
    stratus, machine = cloud.front.stratus, cloud.machines[1]
    machine.new_host_key()
    machine.island.run("sh", "-c", "kill -HUP $(cat /run/lt/sshd.pid)")

    refused = stratus(f"node add {machine.address} --name {machine.name} --key {cloud.key}", status=4)

    assert "THE HOST KEY HAS CHANGED" in refused.stderr
