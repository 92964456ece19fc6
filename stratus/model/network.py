"""Networks as a node carries them, and the ports that instances are plugged into."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bridge:
    """A network on one node: the bridge, and what the node does for the guests on it."""

    network: str  # public | local | private | a user's own
    name: str  # the bridge interface, at most 15 characters
    cidr: str  # 10.19.64.0/24
    gateway: str  # the node's own address on it; "" if the node has none there
    managed: bool = True  # the node makes and removes the bridge; False: it exists already
    nat: bool = True  # guests reach the outside through the node's address
    dhcp: bool = True  # the node answers DHCP and DNS; False: somebody else's server does
    domain: str = ""
    dns: tuple[str, ...] = ()  # forwarders; empty = the node's own resolver


@dataclass(frozen=True)
class Port:
    """Where an instance's card is plugged in: the only MAC and address that may speak through this tap."""

    tap: str  # at most 15 characters, starts with TAP_PREFIX
    network: str
    bridge: str
    mac: str
    address: str
    hostname: str


TAP_PREFIX = "st"
