"""The network door on Linux keeps the contract, with real bridges, nft and dnsmasq in a namespace of its own."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.errors import CommandFailed, Conflict
from stratus.model.links import read_links
from stratus.model.network import Bridge
from tests.drivers.network.contract import LOCAL, PRIVATE, NetworkContract, port
from tests.drivers.network.lab import Lab, Node

pytestmark = pytest.mark.live

PLUG_TEN = """
import sys
from stratus.drivers.network.linux import LinuxNetwork
from tests.drivers.network.contract import port
from tests.drivers.network.lab import in_namespace
namespace, folder, first = sys.argv[1:]
network = LinuxNetwork(folder, run=lambda argv: in_namespace(namespace, argv))
for number in range(int(first), int(first) + 10):
    network.plug(port(number))
"""


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    try:
        made.outside()
        yield made
    finally:
        made.close()


@pytest.fixture
def door(lab: Lab) -> Node:
    return lab.node


def names_of_links(door: Node) -> list[str]:
    return [link.name for link in read_links(door.run(("ip", "-j", "-d", "address")))]


def runs(pid: int) -> bool:
    """An ended process without a parent that cares has no command line."""
    path = Path(f"/proc/{pid}/cmdline")
    return path.exists() and bool(path.read_text())


class TestLinuxNetwork(NetworkContract):
    pass


def test_fifty_ports_from_five_processes_are_all_there(door: Node) -> None:
    door.network.ensure(LOCAL)
    folder = str(door.folder / "networks")
    workers = [
        subprocess.Popen([sys.executable, "-c", PLUG_TEN, door.namespace, folder, str(first)])
        for first in range(10, 60, 10)
    ]

    assert [worker.wait(timeout=120) for worker in workers] == [0] * 5
    wanted = [port(number) for number in range(10, 60)]
    assert door.network.ports() == wanted
    assert all(door.lets_speak(each.tap, each.mac, each.address) for each in wanted)


def test_all_is_made_again_after_a_reboot(door: Node) -> None:
    door.network.ensure(LOCAL)
    door.network.plug(port(10))
    os.kill(door.pid_of_server(LOCAL), 9)
    door.run(("nft", "flush", "ruleset"))
    door.run(("ip", "link", "delete", LOCAL.name))

    door.network.ensure(LOCAL)

    assert door.lets_speak(port(10).tap, port(10).mac, port(10).address)
    assert runs(door.pid_of_server(LOCAL))


def test_plug_and_unplug_make_the_filter_anew_where_somebody_flushed_it(door: Node) -> None:
    door.network.ensure(LOCAL)
    door.network.plug(port(10))
    door.run(("nft", "flush", "ruleset"))

    door.network.plug(port(11))
    assert door.lets_speak(port(10).tap, port(10).mac, port(10).address)
    assert door.lets_speak(port(11).tap, port(11).mac, port(11).address)

    door.run(("nft", "flush", "ruleset"))
    door.network.unplug(port(11))
    assert door.lets_speak(port(10).tap, port(10).mac, port(10).address)
    assert not door.lets_speak(port(11).tap, port(11).mac, port(11).address)


def test_the_filter_stays_as_it_was_when_nft_refuses(door: Node) -> None:
    door.network.ensure(LOCAL)
    door.network.plug(port(10))
    before = door.run(("nft", "list", "ruleset"))
    rules = door.folder / "networks" / "rules.nft"
    broken = rules.with_name("broken.nft")
    broken.write_text(rules.read_text() + "this is no rule\n")

    with pytest.raises(CommandFailed):
        door.run(("nft", "-f", str(broken)))
    assert door.run(("nft", "list", "ruleset")) == before


def test_remove_leaves_the_machine_as_it_was(door: Node) -> None:
    door.run(("nft", "add table inet somebody"))
    door.run(("sysctl", "-q", "-w", "net.ipv4.ip_forward=0"))  # a new namespace has what the machine has
    links, routing = names_of_links(door), door.run(("sysctl", "-n", "net.ipv4.ip_forward"))
    for bridge in (LOCAL, PRIVATE):
        door.network.ensure(bridge)
    server = door.pid_of_server(LOCAL)
    door.network.plug(port(10))
    door.network.unplug(port(10))

    door.network.remove(LOCAL)
    assert door.run(("sysctl", "-n", "net.ipv4.ip_forward")) == routing == "0\n"
    assert "table bridge stratus" in door.run(("nft", "list", "tables"))
    door.network.remove(PRIVATE)

    assert door.run(("nft", "list", "tables")) == "table inet somebody\n"
    assert names_of_links(door) == links
    assert not runs(server)


def test_a_changed_bridge_is_put_right(door: Node) -> None:
    door.network.ensure(LOCAL)
    door.run(("ip", "address", "add", "10.77.0.99/24", "dev", LOCAL.name))
    door.run(("ip", "link", "set", LOCAL.name, "down"))
    server = door.pid_of_server(LOCAL)

    door.network.ensure(dataclasses.replace(LOCAL, cidr="10.76.0.0/24", gateway="10.76.0.1"))

    (link,) = [each for each in read_links(door.run(("ip", "-j", "-d", "address"))) if each.name == LOCAL.name]
    assert link.up
    assert link.addresses == ("10.76.0.1/24",)
    assert door.pid_of_server(LOCAL) != server


def test_ensuring_again_leaves_the_server_alone(door: Node) -> None:
    door.network.ensure(LOCAL)
    server = door.pid_of_server(LOCAL)
    door.network.plug(port(10))
    door.network.ensure(LOCAL)
    assert door.pid_of_server(LOCAL) == server


def test_an_existing_bridge_is_used_and_left_as_it_is(door: Node) -> None:
    site = Bridge("public", "br0", "", "", managed=False, nat=False, dhcp=False)
    door.run(("ip", "link", "add", "br0", "type", "bridge"))
    before = door.run(("ip", "-d", "link", "show", "br0"))
    door.network.ensure(site)
    public = dataclasses.replace(port(10), network="public", bridge="br0")
    door.network.plug(public)
    assert door.lets_speak(public.tap, public.mac, public.address)

    door.network.unplug(public)
    door.network.remove(site)
    assert door.run(("ip", "-d", "link", "show", "br0")) == before


def test_a_bridge_that_somebody_else_made_is_not_taken_over(door: Node) -> None:
    door.run(("ip", "link", "add", LOCAL.name, "type", "bridge"))
    with pytest.raises(Conflict, match="not made here"):
        door.network.ensure(LOCAL)
    door.network.remove(LOCAL)
    assert LOCAL.name in door.run(("ip", "-br", "link"))


def test_an_interface_that_the_filter_would_cut_off_is_named(door: Node) -> None:
    door.run(("ip", "link", "add", "storage0", "type", "bridge"))
    with pytest.raises(Conflict, match="storage0"):
        door.network.ensure(LOCAL)


def test_the_server_holds_nothing_of_whoever_started_it(door: Node) -> None:
    """An ssh channel would stay open as long as the server has one of its ends."""
    door.network.ensure(LOCAL)
    pid = door.pid_of_server(LOCAL)
    ends = {os.readlink(f"/proc/{pid}/fd/{number}") for number in (0, 1, 2)}
    assert ends == {"/dev/null"}
    assert os.getsid(pid) != os.getsid(0)
