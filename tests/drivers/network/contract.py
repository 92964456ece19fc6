"""What every network door promises, whichever way it keeps it. Subclasses bring `door`."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from stratus.drivers.network.protocol import Network
from stratus.errors import BadInput, Conflict
from stratus.model.dnsmasq import lease_line
from stratus.model.inspection import HostSeen, NetworkSeen, Speaker
from stratus.model.network import Bridge, Port
from stratus.model.pool import mac_of

LOCAL = Bridge("local", "stnt0", "10.77.0.0/24", "10.77.0.1", domain="test.internal")
PRIVATE = Bridge("private", "stnt1", "10.78.0.0/24", "10.78.0.1", nat=False)
OCCUPIED = "10.99.0.0/24"  # the door under test has an interface there
PLAIN_INTERFACE = "uplink"  # and this one, which is no bridge


def port(number: int, bridge: Bridge = LOCAL, *, hostname: str | None = None) -> Port:
    address = f"{bridge.gateway.rpartition('.')[0]}.{number}"
    name = f"vm-{number}" if hostname is None else hostname
    return Port(f"st{number}n0", bridge.network, bridge.name, mac_of(address), address, name)


class Door(Protocol):
    @property
    def network(self) -> Network: ...

    def lets_speak(self, tap: str, mac: str, address: str) -> bool: ...


class NetworkContract:
    def test_a_port_lets_its_mac_and_address_speak_and_nothing_else(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        mine, other = port(10), port(11)
        door.network.plug(mine)

        assert door.lets_speak(mine.tap, mine.mac, mine.address)
        assert not door.lets_speak(mine.tap, other.mac, mine.address)
        assert not door.lets_speak(mine.tap, mine.mac, other.address)
        assert not door.lets_speak(other.tap, mine.mac, mine.address)

    def test_what_is_plugged_is_listed_by_tap(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.ensure(PRIVATE)
        for each in (port(12), port(10), port(11, PRIVATE)):
            door.network.plug(each)

        assert door.network.ports() == [port(10), port(11, PRIVATE), port(12)]

    def test_everything_may_be_repeated(self, door: Door) -> None:
        for _ in range(2):
            door.network.ensure(LOCAL)
        for _ in range(2):
            door.network.plug(port(10))
        door.network.ensure(LOCAL)
        assert door.network.ports() == [port(10)]
        assert door.lets_speak(port(10).tap, port(10).mac, port(10).address)

        for _ in range(2):
            door.network.unplug(port(10))
        for _ in range(2):
            door.network.remove(LOCAL)
        assert door.network.ports() == []

    def test_what_was_told_is_what_the_machine_has(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.plug(port(10))
        seen = door.network.look()

        (bridge,) = seen.bridges
        assert (bridge.bridge, bridge.there, bridge.addressed, bridge.served) == (LOCAL, True, True, True)
        assert seen.ports == (port(10),)
        assert seen.speakers == (Speaker(port(10).tap, port(10).mac, port(10).address),)
        assert seen.hosts == (HostSeen(LOCAL.name, port(10).tap, lease_line(port(10), LOCAL)),)

    def test_nothing_is_seen_of_what_was_taken_away(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.plug(port(10))
        door.network.unplug(port(10))
        assert (door.network.look().ports, door.network.look().speakers, door.network.look().hosts) == ((), (), ())
        door.network.remove(LOCAL)
        assert door.network.look() == NetworkSeen()

    def test_an_unplugged_tap_is_silent(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.plug(port(10))
        door.network.unplug(port(10))

        assert not door.lets_speak(port(10).tap, port(10).mac, port(10).address)

    def test_unplugging_what_was_never_plugged_does_nothing(self, door: Door) -> None:
        door.network.unplug(port(10))
        door.network.ensure(LOCAL)
        door.network.unplug(port(10))
        assert door.network.ports() == []

    def test_a_tap_plugged_again_with_another_address_loses_the_old_one(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.plug(port(10))
        moved = dataclasses.replace(port(11), tap=port(10).tap)
        door.network.plug(moved)

        assert door.network.ports() == [moved]
        assert door.lets_speak(moved.tap, moved.mac, moved.address)
        assert not door.lets_speak(port(10).tap, port(10).mac, port(10).address)

    def test_an_address_is_never_plugged_into_two_taps(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.plug(port(10))
        thief = dataclasses.replace(port(10), tap="st11n0", mac="02:00:00:00:00:01")

        with pytest.raises(Conflict, match="st10n0"):
            door.network.plug(thief)
        assert door.network.ports() == [port(10)]
        assert not door.lets_speak(thief.tap, thief.mac, thief.address)

    def test_a_port_needs_its_bridge_first(self, door: Door) -> None:
        with pytest.raises(Conflict) as caught:
            door.network.plug(port(10))
        assert "ensure" in caught.value.hint
        assert door.network.ports() == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"tap": "eth0"},
            {"tap": 'st" drop'},
            {"mac": "02:00"},
            {"mac": "03:00:0a:4d:00:0a"},
            {"address": "10.77.1.10"},
            {"address": "10.77.0.1"},
            {"address": "10.77.0.255"},
            {"address": "10.77.0.10 }; flush ruleset"},
            {"hostname": "two words"},
            {"hostname": "a\nb"},
        ],
    )
    def test_what_could_not_be_filtered_is_refused(self, door: Door, wrong: dict[str, str]) -> None:
        door.network.ensure(LOCAL)
        with pytest.raises(BadInput):
            door.network.plug(dataclasses.replace(port(10), **wrong))
        assert door.network.ports() == []

    def test_a_subnet_that_another_interface_has_is_refused(self, door: Door) -> None:
        with pytest.raises(Conflict, match=PLAIN_INTERFACE):
            door.network.ensure(dataclasses.replace(LOCAL, cidr=OCCUPIED, gateway="10.99.0.1"))

    def test_two_networks_do_not_share_a_subnet(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        with pytest.raises(Conflict, match="overlaps"):
            door.network.ensure(dataclasses.replace(PRIVATE, cidr=LOCAL.cidr, gateway=LOCAL.gateway))

    def test_a_managed_bridge_does_not_take_over_an_interface(self, door: Door) -> None:
        with pytest.raises(Conflict, match=PLAIN_INTERFACE):
            door.network.ensure(dataclasses.replace(LOCAL, name=PLAIN_INTERFACE))

    def test_an_unmanaged_bridge_has_to_be_there(self, door: Door) -> None:
        absent = Bridge("public", "br-absent", "", "", managed=False, nat=False, dhcp=False)
        with pytest.raises(Conflict, match="does not exist") as caught:
            door.network.ensure(absent)
        assert caught.value.hint

    def test_a_bridge_with_ports_is_not_removed(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        door.network.plug(port(10))
        with pytest.raises(Conflict, match="st10n0"):
            door.network.remove(LOCAL)
        assert door.lets_speak(port(10).tap, port(10).mac, port(10).address)

    def test_fifty_parallel_ports_are_all_there(self, door: Door) -> None:
        door.network.ensure(LOCAL)
        wanted = [port(number) for number in range(10, 60)]
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(door.network.plug, wanted))

        assert door.network.ports() == wanted
        assert all(door.lets_speak(each.tap, each.mac, each.address) for each in wanted)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(door.network.unplug, wanted))
        assert door.network.ports() == []
