"""What guests can and cannot send: real frames between namespaces, through the filter of the network door."""

import dataclasses
import socket
import struct
from collections.abc import Iterator

import pytest

from stratus.model.network import Bridge, Port
from tests.drivers.network.contract import LOCAL, PRIVATE, port
from tests.drivers.network.lab import BROADCAST, Guest, Lab, arp, heard, in_namespace, inside, packed_mac, tagged, udp

pytestmark = pytest.mark.live

MARK, END = b"this-is-the-forged-one", b"this-is-the-honest-one"
NOBODY = ("00:00:00:00:00:00", "10.77.0.99")


@pytest.fixture
def lab() -> Iterator[Lab]:
    made = Lab()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def pair(lab: Lab) -> tuple[Guest, Guest]:
    """Two guests that may speak."""
    lab.node.network.ensure(LOCAL)
    guests = lab.guest(port(10)), lab.guest(port(11))
    for guest in guests:
        lab.node.network.plug(guest.port)
        guest.takes_address()
    return guests


def me(guest: Guest, number: int = 9) -> tuple[str, str, int]:
    return guest.port.mac, guest.port.address, number


def arrives(sender: Guest, receiver: Guest, forged: bytes, marker: bytes = MARK) -> bool:
    """Send the forged frame, then an honest one; whether the forged one came in before it."""
    with sender.opens_card() as out, receiver.opens_card() as card:
        out.send(forged)
        out.send(udp(me(sender), me(receiver), END))
        return any(marker in frame for frame in heard(card, END))


def test_a_guest_is_told_its_address_names_and_way_out_by_dhcp(lab: Lab) -> None:
    lab.node.network.ensure(dataclasses.replace(LOCAL, ntp=("10.77.0.5",)))
    guest = lab.guest(port(10))
    lab.node.network.plug(guest.port)

    told = guest.asks_dhcp()

    assert (told["ip"], told["router"], told["dns"]) == (guest.port.address, LOCAL.gateway, LOCAL.gateway)
    assert (told["domain"], told["ntpsrv"], told["mask"]) == (LOCAL.domain, "10.77.0.5", "24")
    assert told["hostname"] == "vm-10"
    assert guest.reaches(LOCAL.gateway)


def test_a_port_that_is_plugged_again_gets_its_address_and_a_stranger_none(lab: Lab) -> None:
    lab.node.network.ensure(LOCAL)
    guest, stranger = lab.guest(port(10)), lab.guest(port(11))
    lab.node.network.plug(guest.port)
    lab.node.network.unplug(guest.port)
    lab.node.network.plug(guest.port)

    assert guest.asks_dhcp()["ip"] == guest.port.address
    assert stranger.asks_dhcp(tries=1) == {}


def test_a_renewal_works_after_the_server_was_restarted(lab: Lab) -> None:
    lab.node.network.ensure(LOCAL)
    guest = lab.guest(port(10))
    lab.node.network.plug(guest.port)
    assert guest.asks_dhcp()["ip"] == guest.port.address
    lab.node.network.ensure(dataclasses.replace(LOCAL, domain="other.internal"))
    assert guest.asks_dhcp()["domain"] == "other.internal"


@pytest.mark.parametrize("hostname", ["45m", "120", "ignore", "infinite", ""])
def test_names_that_dnsmasq_could_misread_do_no_harm(lab: Lab, hostname: str) -> None:
    lab.node.network.ensure(LOCAL)
    guest = lab.guest(port(10, hostname=hostname))
    lab.node.network.plug(guest.port)
    told = guest.asks_dhcp()
    assert told["ip"] == guest.port.address
    assert told.get("hostname", "") == hostname


def test_guests_find_each_other_by_name_and_no_longer_when_unplugged(pair: tuple[Guest, Guest], lab: Lab) -> None:
    one, other = pair
    assert other.port.address in one.looks_up("vm-11.test.internal", LOCAL.gateway)
    assert one.reaches(other.port.address)

    lab.node.network.unplug(other.port)
    lab.node.network.plug(dataclasses.replace(port(12), tap=other.port.tap, hostname="vm-11"))
    deadline_tries = 20
    while deadline_tries and other.port.address in (said := one.looks_up("vm-11.test.internal", LOCAL.gateway)):
        deadline_tries -= 1
    assert "10.77.0.12" in said
    assert other.port.address not in said


def test_a_guest_does_not_choose_its_name_in_dns(pair: tuple[Guest, Guest]) -> None:
    one, _ = pair
    one.run("busybox", "udhcpc", "-n", "-q", "-f", "-i", "eth0", "-x", "hostname:bank", "-s", "/bin/true", "-t", "3")
    assert one.port.address not in one.looks_up("bank.test.internal", LOCAL.gateway)


def test_the_honest_way_works(pair: tuple[Guest, Guest]) -> None:
    one, other = pair
    assert arrives(one, other, udp(me(one), me(other), MARK))
    assert arrives(one, other, arp(1, me(one)[:2], NOBODY) + MARK)


def forged_frames(one: Port, other: Port) -> dict[str, bytes]:
    mine, theirs = (one.mac, one.address), (other.mac, other.address)
    stranger = "02:00:0a:4d:00:63"
    return {
        "another's address": udp((one.mac, "10.77.0.12", 9), (*theirs, 9), MARK),
        "another's MAC": udp((stranger, one.address, 9), (*theirs, 9), MARK),
        "another's MAC and address": udp((stranger, "10.77.0.99", 9), (*theirs, 9), MARK),
        "no address": udp((one.mac, "0.0.0.0", 9), (*theirs, 9), MARK),
        "an ARP reply for the gateway": arp(2, (one.mac, "10.77.0.1"), theirs, to=other.mac) + MARK,
        "an ARP request as the gateway": arp(1, (one.mac, "10.77.0.1"), theirs) + MARK,
        "an ARP reply with another's MAC inside": arp(2, (stranger, one.address), theirs, source=one.mac) + MARK,
        "an ARP probe with another's MAC inside": arp(1, (stranger, "0.0.0.0"), theirs, source=one.mac) + MARK,
        "a DHCP server's answer": udp((*mine, 67), (BROADCAST, "255.255.255.255", 68), MARK),
        "a DHCP server's answer to one": udp((*mine, 67), (*theirs, 68), MARK),
        "a tagged frame": tagged(udp((*mine, 9), (*theirs, 9), MARK)),
        "IPv6": packed_mac("33:33:00:00:00:01") + packed_mac(one.mac) + b"\x86\xdd" + bytes(40) + MARK,
        "a protocol of its own": packed_mac(other.mac) + packed_mac(one.mac) + b"\x88\xb5" + bytes(40) + MARK,
        "an STP frame": packed_mac("01:80:c2:00:00:00")
        + packed_mac(one.mac)
        + struct.pack("!H", 40)
        + bytes(40)
        + MARK,
    }


@pytest.mark.parametrize("what", forged_frames(port(10), port(11)))
def test_a_guest_cannot_send(pair: tuple[Guest, Guest], what: str) -> None:
    one, other = pair
    assert not arrives(one, other, forged_frames(one.port, other.port)[what])


def test_a_guest_cannot_draw_anothers_frames_to_itself(pair: tuple[Guest, Guest], lab: Lab) -> None:
    """A frame to a link-local group goes past the first hook; the bridge must not learn the forged MAC from it."""
    one, other = pair
    forged = packed_mac("01:80:c2:00:00:0e") + packed_mac(other.port.mac) + b"\x88\xcc" + bytes(46)
    with one.opens_card() as out, other.opens_card() as card:
        card.send(udp(me(other), me(one), END))
        heard(out, END)
        out.send(forged)
        out.send(udp(me(one), me(other), END))
        heard(card, END)
    learnt = lab.node.run(("bridge", "fdb", "show", "dev", one.port.tap))
    assert other.port.mac not in learnt


def test_a_guest_cannot_speak_to_the_dhcp_server_for_another(pair: tuple[Guest, Guest], lab: Lab) -> None:
    one, other = pair
    sees = lab.node.namespace

    def message(card: str) -> bytes:
        return struct.pack("!BBBBIHH", 1, 1, 6, 0, 7, 0, 0) + bytes(16) + packed_mac(card) + bytes(202) + MARK

    to_all = (BROADCAST, "255.255.255.255", 67)
    with inside(sees):
        at_bridge = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        at_bridge.bind((LOCAL.name, 0))
    at_bridge.settimeout(5)
    gateway = ("ff:ff:ff:ff:ff:ff", LOCAL.gateway, 9)
    with one.opens_card() as out, at_bridge:
        for forged in (
            udp((one.port.mac, "0.0.0.0", 68), to_all, message(other.port.mac)),
            udp((one.port.mac, one.port.address, 68), to_all, message(other.port.mac)),
            udp((one.port.mac, "0.0.0.0", 68), to_all, message(one.port.mac), fragment=0x2000),
        ):
            out.send(forged)
        out.send(udp(me(one), gateway, END))
        assert not any(MARK in frame for frame in heard(at_bridge, END))
        out.send(udp((one.port.mac, "0.0.0.0", 68), to_all, message(one.port.mac)))
        heard(at_bridge, MARK)


def test_an_unplugged_tap_passes_nothing_either_way(pair: tuple[Guest, Guest], lab: Lab) -> None:
    one, other = pair
    assert one.reaches(other.port.address)
    lab.node.network.unplug(one.port)
    with one.opens_card() as silent, other.opens_card() as card:
        silent.send(udp(me(one), me(other), MARK))
        card.send(udp(me(other), (BROADCAST, "10.77.0.255", 9), MARK))
        card.send(udp(me(other), me(one), MARK))
        lab.node.network.plug(one.port)
        silent.send(udp(me(one), me(other), END))
        assert not any(MARK in frame for frame in heard(card, END))
        card.send(udp(me(other), me(one), END))
        assert not any(MARK in frame for frame in heard(silent, END) if frame[6:12] != packed_mac(one.port.mac))


def test_a_guest_does_not_hear_frames_for_others(pair: tuple[Guest, Guest], lab: Lab) -> None:
    one, other = pair
    with one.opens_card() as out, other.opens_card() as card:
        unknown = ("02:00:0a:4d:00:63", "10.77.0.99", 9)
        out.send(udp(me(one), unknown, MARK))
        out.send(udp(me(one), me(other), END))
        assert not any(MARK in frame for frame in heard(card, END))


def test_nat_reaches_the_outside_and_nothing_comes_in_unasked(pair: tuple[Guest, Guest], lab: Lab) -> None:
    one, _ = pair
    outside = lab.outside()
    assert one.asks_dhcp()["router"] == LOCAL.gateway

    assert one.reaches("10.99.0.9")

    in_namespace(outside, ("ip", "route", "add", LOCAL.cidr, "via", "10.99.0.7"))
    ping = ("sh", "-c", f"busybox ping -c 1 -W 1 {one.port.address} || echo silence")
    assert "silence" in in_namespace(outside, ping)


def test_the_node_reaches_guests_and_offers_them_only_what_they_need(pair: tuple[Guest, Guest], lab: Lab) -> None:
    one, _ = pair
    lab.outside()
    one.run("ip", "route", "replace", "default", "via", LOCAL.gateway)
    assert "1 packets received" in lab.node.run(("busybox", "ping", "-c", "1", "-W", "2", one.port.address))

    with inside(lab.node.namespace):
        service = socket.create_server(("0.0.0.0", 8080))
    with inside(one.namespace):
        guests_service = socket.create_server(("0.0.0.0", 22))
    with service, guests_service:
        with inside(lab.node.namespace), socket.create_connection((one.port.address, 22), timeout=3):
            pass
        for address in (LOCAL.gateway, "10.99.0.7"):
            with inside(one.namespace), pytest.raises(TimeoutError):
                socket.create_connection((address, 8080), timeout=0.5)


def test_one_class_does_not_reach_the_other_and_private_not_the_outside(lab: Lab) -> None:
    for bridge in (LOCAL, PRIVATE):
        lab.node.network.ensure(bridge)
    local, private = lab.guest(port(10)), lab.guest(port(11, PRIVATE))
    for guest in (local, private):
        lab.node.network.plug(guest.port)
    lab.outside()
    assert local.asks_dhcp()["ip"] == local.port.address
    told = private.asks_dhcp()

    assert told["ip"] == private.port.address
    assert "router" not in told
    private.run("ip", "route", "replace", "default", "via", PRIVATE.gateway)
    assert private.reaches(PRIVATE.gateway)
    assert not local.reaches(private.port.address)
    assert not private.reaches(local.port.address)
    assert not private.reaches("10.99.0.9")


def test_dhcp_on_the_sites_own_bridge_tells_of_the_sites_router(lab: Lab) -> None:
    site = Bridge(
        "public", "br0", "10.66.0.0/24", "", managed=False, nat=False, domain="site.test",
        dns=("10.66.0.53",), router="10.66.0.254",
    )  # fmt: skip
    lab.node.run(("ip", "link", "add", "br0", "type", "bridge"))
    lab.node.run(("ip", "link", "set", "br0", "up"))
    lab.node.run(("ip", "address", "add", "10.65.0.1/24", "dev", "br0"))
    lab.node.network.ensure(site)
    guest = lab.guest(Port("st10n0", "public", "br0", "00:16:3e:d9:78:ba", "10.66.0.10", "web"))
    lab.node.network.plug(guest.port)

    told = guest.asks_dhcp()

    assert (told["ip"], told["router"], told["dns"]) == ("10.66.0.10", "10.66.0.254", "10.66.0.53")
    assert (told["hostname"], told["domain"]) == ("web", "site.test")


def test_a_public_network_behind_the_node_is_reached_from_outside(lab: Lab) -> None:
    public = Bridge("public", "stnt2", "10.67.0.0/24", "10.67.0.1", nat=False)
    lab.node.network.ensure(public)
    guest = lab.guest(Port("st10n0", "public", "stnt2", "00:16:3e:d9:78:ba", "10.67.0.10", ""))
    lab.node.network.plug(guest.port)
    outside = lab.outside()
    in_namespace(outside, ("ip", "route", "add", public.cidr, "via", "10.99.0.7"))
    assert guest.asks_dhcp()["router"] == "10.67.0.1"

    assert guest.reaches("10.99.0.9")
    assert "1 packets received" in in_namespace(outside, ("busybox", "ping", "-c", "1", "-W", "2", "10.67.0.10"))
