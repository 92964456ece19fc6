"""Networks as a node carries them, and the ports that instances are plugged into."""

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple

from stratus.errors import BadInput, Conflict
from stratus.model.values import dataclass

TAP_PREFIX = "st"
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,14}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Bridge:
    """A network on one node: the bridge, and what the node does for the guests on it."""

    network: str  # public | local | private | a user's own
    name: str  # the bridge interface, at most 15 characters
    cidr: str  # 10.19.64.0/24; "" only if the bridge is not managed and the subnet is the site's affair
    gateway: str  # the node's own address on it; "" if the node has none there
    managed: bool = True  # the node makes and removes the bridge; False: it exists already
    nat: bool = True  # guests reach the outside through the node's address
    dhcp: bool = True  # the node answers DHCP and DNS; False: somebody else's server does
    domain: str = ""
    dns: tuple[str, ...] = ()  # forwarders; empty = the node's own resolver
    router: str = ""  # the way out that DHCP tells of; "" = the gateway where it leads out, else none
    ntp: tuple[str, ...] = ()  # time servers that DHCP tells of

    @property
    def routed(self) -> bool:
        """Guests are reached from outside by their own addresses, through the node."""
        return self.managed and not self.nat and self.network == "public"

    @property
    def way_out(self) -> str:
        """The default route of a guest; "" if there is none."""
        return self.router or (self.gateway if self.nat or self.routed else "")


@dataclass(frozen=True)
class Port:
    """Where an instance's card is plugged in: the only MAC and address that may speak through this tap."""

    tap: str  # at most 15 characters, starts with TAP_PREFIX
    network: str
    bridge: str
    mac: str  # six lower-case pairs
    address: str
    hostname: str  # one DNS label; "" if the instance has no name


class Claim(NamedTuple):
    """What no two ports may share, without the rest of the port."""

    tap: str
    bridge: str
    mac: str
    address: str


def claim_of(port: Port) -> Claim:
    """What this port claims."""
    return Claim(port.tap, port.bridge, port.mac, port.address)


def check_bridge(bridge: Bridge) -> None:
    """Refuse a bridge that cannot be made. Raises BadInput."""
    _check(_INTERFACE, bridge.name, "the name of a bridge")
    if bridge.domain:
        for label in bridge.domain.split("."):
            _check(_LABEL, label, "a part of a domain name")
    for address in (*bridge.dns, *bridge.ntp, *filter(None, (bridge.router, bridge.gateway))):
        _ipv4(address)
    if bridge.cidr:
        _check_subnet(bridge)
    elif bridge.managed or bridge.dhcp:
        raise BadInput(f"the network {bridge.network} needs a subnet")


def check_port(port: Port) -> None:
    """Refuse a port that cannot be filtered; the rest is safe in rules and host files. Raises BadInput."""
    _check(_INTERFACE, port.tap, "the name of a tap")
    _check(_INTERFACE, port.bridge, "the name of a bridge")
    if not port.tap.startswith(TAP_PREFIX):
        raise BadInput(f"the tap {port.tap} does not start with {TAP_PREFIX}: the filter would not see it")
    _check(_MAC, port.mac, "a MAC")
    if int(port.mac[:2], 16) & 1:
        raise BadInput(f"{port.mac} is a group's MAC, not a card's")
    _ipv4(port.address)
    if port.hostname:
        _check(_LABEL, port.hostname, "a host name")


def check_fits(port: Port, bridge: Bridge) -> None:
    """Refuse an address that the bridge's subnet does not have, or that the node needs itself. Raises BadInput."""
    if not bridge.cidr:
        return
    subnet, address = ipaddress.IPv4Network(bridge.cidr), ipaddress.IPv4Address(port.address)
    if address not in subnet:
        raise BadInput(f"{port.address} is not in {bridge.cidr}, the subnet of {bridge.name}")
    if port.address in (str(subnet.network_address), str(subnet.broadcast_address), bridge.gateway):
        raise BadInput(f"{port.address} is no instance's address on {bridge.name}")


def check_unclaimed(port: Port, claims: Iterable[Claim]) -> None:
    """Refuse a MAC or address that another tap of the same bridge has. Raises Conflict."""
    for other in claims:
        if other.bridge == port.bridge and other.tap != port.tap:
            for mine, held in ((port.mac, other.mac), (port.address, other.address)):
                if mine == held:
                    raise Conflict(f"{mine} is plugged into {other.tap} already", hint="end that instance first")


def _check_subnet(bridge: Bridge) -> None:
    try:
        subnet = ipaddress.IPv4Network(bridge.cidr)
    except ValueError as error:
        raise BadInput(f"{bridge.cidr!r} is not a subnet: {error}") from error
    if bridge.gateway and ipaddress.IPv4Address(bridge.gateway) not in subnet:
        raise BadInput(f"the gateway {bridge.gateway} is not in {bridge.cidr}")
    if bridge.gateway in (str(subnet.network_address), str(subnet.broadcast_address)):
        raise BadInput(f"the gateway {bridge.gateway} is the network's or the broadcast address of {bridge.cidr}")
    if bridge.managed and not bridge.gateway and (bridge.nat or bridge.dhcp):
        raise BadInput(f"the network {bridge.network} needs an address of the node, for NAT and DHCP")


def _check(pattern: re.Pattern[str], text: str, what: str) -> None:
    if not pattern.fullmatch(text):
        raise BadInput(f"{text!r} is not {what}")


def _ipv4(address: str) -> None:
    try:
        ipaddress.IPv4Address(address)
    except ValueError as error:
        raise BadInput(f"{address!r} is not an IPv4 address") from error
