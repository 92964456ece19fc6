"""stratus run on the installed cloud: every option shows in the instance that libvirt really has."""

import json
import shlex
import socket
from typing import Any

import pytest

from tests.live.cli import Stratus
from tests.live.lab import Lab, Start
from tests.live.node import domain_xml, leftovers, normal

pytestmark = pytest.mark.live


def test_a_machine_type_gives_its_cpu_ram_and_swap(stratus: Stratus, start: Start) -> None:
    (line,) = [line for line in stratus("run --list-types").stdout.splitlines() if "t1.micro" in line]
    guest = start("type", "--type", "t1.micro", "--ram", "512", "--swap", "512", wait="running")
    gave_up = stratus(f"wait --for ssh --timeout 0.5 {guest.id}", status=10)

    assert line.split()[-6:] == ["1", "CPU", "512", "MB", "512", "MB"]
    assert "still in ssh" in gave_up.stderr and "try: " in gave_up.stderr
    row = guest.row()
    assert (row["state"], row["type"], row["vcpu"], row["ram"], row["swap"]) == ("running", "t1.micro", 1, 512, 512)
    assert domain_xml(guest).findtext("memory") == str(512 * 1024)


def test_cpu_ram_swap_disk_screen_and_keyboard_are_as_asked(start: Start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = max(5900, probe.getsockname()[1])
    guest = start(
        "options",
        *("--cpu", "2", "--ram", "128", "--swap", "48", "--volatile-disk", "1"),
        *("--keymap", "de", "--vnc-port", str(port), "--vnc-listen", "127.0.0.1"),
    )

    nproc, memory_kib, *_ = guest.words("nproc; awk '/MemTotal/ {print $2}' /proc/meminfo")
    assert nproc == "2" and 64 * 1024 < int(memory_kib) <= 128 * 1024
    guest.wait_for("grep -q ' /mnt/volatile ext4 ' /proc/mounts && grep -q ^/dev/vd /proc/swaps")
    assert 47 * 1024 < int(guest.words("awk 'END {print $3}' /proc/swaps")[0]) <= 48 * 1024
    screen = domain_xml(guest).find("devices/graphics")
    assert screen is not None
    assert {name: screen.get(name) for name in ("port", "keymap", "listen")} == {
        "port": str(port),
        "keymap": "de",
        "listen": "127.0.0.1",
    }


def test_three_at_once_have_three_names_and_addresses(lab: Lab, all_ended: None) -> None:
    guests = lab.start_all("many", "-n", "3", wait="running")

    assert [guest.name for guest in guests] == [lab.name(f"many-{number}") for number in (1, 2, 3)]
    assert len({guest.address for guest in guests}) == 3
    assert {guest.row()["state"] for guest in guests} == {"running"}


def test_a_wanted_address_is_given_once(lab: Lab, stratus: Stratus, start: Start) -> None:
    taken = {row["address"] for row in stratus.rows("describe")}
    (plan,) = stratus(f"run {lab.image} --network local --plan -o json").json
    lowest = plan["takes"]["address"]["address"]
    network = lowest.rpartition(".")[0]
    wanted = next(address for last in range(240, 100, -1) if (address := f"{network}.{last}") not in taken)

    guest = start("address", "--network", "local", "--address", wanted)

    assert guest.address == wanted
    assert guest.row()["network"] == "local"
    assert f"{wanted}/" in guest.ssh("ip -4 -o addr").decode()
    assert "default via" in guest.ssh("ip route").decode()
    refused = stratus(f"run {lab.image} --network local --address {wanted}", "--name", lab.name("other"), status=4)
    assert wanted in refused.stderr


def test_the_private_network_has_other_addresses_and_no_way_out(start: Start) -> None:
    guest = start("private", "--network", "private")

    assert guest.row()["network"] == "private"
    routes = guest.ssh("ip route").decode()
    assert "default via" not in routes and f"src {guest.address}" in routes


def test_the_plan_is_what_is_then_carried_out(lab: Lab, stratus: Stratus, start: Start) -> None:
    options = ("--volatile-disk", "1", "--swap", "16", "--cpu", "1")
    told = ("--name", lab.name("plan"), "--ram", "96")
    before = {row["id"] for row in stratus.rows("describe --all")}

    plans = stratus(f"run {lab.image} --plan -o json", *told, *options).json
    text = stratus(f"run {lab.image} --plan", *told, *options).stdout
    assert lab.name("plan") not in {row["name"] for row in stratus.rows("describe --all")}
    guest = start("plan", *options, wait="running")

    assert guest.id not in before
    (plan,) = plans
    done = guest.history()[-1]["steps"]
    assert _planned(plan) == _carried_out(done, guest.id, guest.address, guest.row()["mac"])
    assert {step["outcome"] for step in done} == {"did"}
    assert text.rstrip().endswith("nothing was changed") and "qemu-img create" in text
    verbose = stratus(f"log -v {guest.id}").stdout
    assert all(shlex.join(command) in verbose for step in done for command in step["commands"])


def _planned(plan: dict[str, Any]) -> str:
    instance_id = int(plan["target"].split()[0])
    lease = plan["takes"]["address"]
    return _normal_steps(plan["steps"], instance_id, lease["address"], lease["mac"])


def _carried_out(steps: list[dict[str, Any]], instance_id: int, address: str, mac: str) -> str:
    return _normal_steps(steps, instance_id, address, mac)


def _normal_steps(steps: list[dict[str, Any]], instance_id: int, address: str, mac: str) -> str:
    pairs = [[step["title"], step["commands"]] for step in steps]
    return normal(json.dumps(pairs, indent=1), instance_id, address, mac)


def test_a_plan_of_a_living_instance_changes_nothing(stratus: Stratus, lab: Lab, start: Start) -> None:
    guest = start("still", wait="running")
    before = guest.history()

    for verb, command in (
        ("stop", "shutdown"),
        ("stop --force", "destroy"),
        ("reboot --hard", "reset"),
        ("kill", "rm"),
    ):
        assert command in stratus(f"{verb} --plan {guest.id}").stdout

    assert guest.history() == before


def test_a_run_that_fails_says_why_and_leaves_nothing(lab: Lab, stratus: Stratus, all_ended: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = ("--name", lab.name("fails"), "--vnc-port", str(port), "--ram", "96", "--swap", "0")
        failed = stratus(f"run {lab.image} --wait", *told, status=1)

    (guest,) = lab.adopt("fails")
    why = stratus(f"why {guest.id}").stdout
    assert "failed" in failed.stderr and "try: " in failed.stderr
    assert guest.states()[-1] == "failed" == guest.row()["state"]
    assert f"it failed at: start one-{guest.id}" in why and "Address already in use" in why and "try: " in why
    undone = [step["title"] for step in guest.history()[-1]["steps"] if step["outcome"] == "undone"]
    assert undone
    assert leftovers(guest) == []


def test_what_cannot_be_is_refused_at_once_and_leaves_no_trace(lab: Lab, stratus: Stratus) -> None:
    name = lab.name("refused")
    for words, status in (
        (f"{lab.image} --ram 10000000", 5),
        (f"{lab.image} --network nowhere", 3),
        (f"{lab.image} --address 192.0.2.1", 8),
        (f"{lab.image} --cpu 0", 2),
        (f"{lab.image} --name -x-", 8),
        ("lt-no-such-image", 3),
    ):
        refused = stratus(f"run --name {name} {words}", status=status)
        assert refused.stdout == "" and refused.stderr

    assert name not in {row["name"] for row in stratus.rows("describe --all")}
