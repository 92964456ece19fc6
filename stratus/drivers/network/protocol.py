"""The network door: bridges of a node and the ports that instances are plugged into."""

from typing import Protocol

from stratus.model.inspection import NetworkSeen
from stratus.model.network import Bridge, Port


class Network(Protocol):
    """The networks of one node. Calls are safe to repeat. Filters fail closed: a tap without a port passes nothing."""

    def ensure(self, bridge: Bridge) -> None:
        """Make the bridge, its address, NAT, DHCP, DNS and the base filter as described, or put right what differs.

        Raises CommandFailed; Conflict when an unmanaged bridge is missing or addresses overlap another interface."""
        ...

    def plug(self, port: Port) -> None:
        """Let this MAC and address, and only them, speak through this tap, and let DHCP answer it."""
        ...

    def unplug(self, port: Port) -> None:
        """Take both away; nothing happens if they are gone."""
        ...

    def ports(self) -> list[Port]:
        """Every port, by tap."""
        ...

    def remove(self, bridge: Bridge) -> None:
        """Take away what `ensure` made, and only that."""
        ...

    def look(self) -> NetworkSeen:
        """What was told to the door, and what the machine has of it. Changes nothing."""
        ...
