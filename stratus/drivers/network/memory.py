"""The network door in memory: the same rules, no machine touched. For the sandbox and for tests."""

import threading
from collections.abc import Sequence

from stratus.errors import Conflict
from stratus.model.links import Link, check_place
from stratus.model.network import Bridge, Port, check_bridge, check_fits, check_port, check_unclaimed, claim_of


class MemoryNetwork:
    """The networks of one imagined node; `links` are the interfaces that it has already."""

    def __init__(self, links: Sequence[Link] = ()) -> None:
        self._links = tuple(links)
        self._bridges: dict[str, Bridge] = {}
        self._ports: dict[str, Port] = {}
        self._lock = threading.Lock()

    def ensure(self, bridge: Bridge) -> None:
        """Remember the bridge, if a real node could make it."""
        check_bridge(bridge)
        with self._lock:
            ours = {each.name: each for each in self._bridges.values() if each.managed and each.name != bridge.name}
            check_place(bridge, (*self._links, *map(_as_link, ours.values())), ours)
            self._bridges[bridge.name] = bridge

    def plug(self, port: Port) -> None:
        """Let this MAC and address, and only them, speak through this tap."""
        check_port(port)
        with self._lock:
            bridge = self._bridges.get(port.bridge)
            if bridge is None:
                raise Conflict(
                    f"there is no network on {port.bridge} yet",
                    hint=f"ensure the {port.network} network on this node first",
                )
            check_fits(port, bridge)
            check_unclaimed(port, map(claim_of, self._ports.values()))
            self._ports[port.tap] = port

    def unplug(self, port: Port) -> None:
        """Silence the tap; nothing happens if nothing was plugged into it."""
        check_port(port)
        with self._lock:
            self._ports.pop(port.tap, None)

    def ports(self) -> list[Port]:
        """Every port, by tap."""
        with self._lock:
            return [self._ports[tap] for tap in sorted(self._ports)]

    def remove(self, bridge: Bridge) -> None:
        """Forget the bridge. Raises Conflict while ports are plugged into it."""
        check_bridge(bridge)
        with self._lock:
            plugged = sorted(port.tap for port in self._ports.values() if port.bridge == bridge.name)
            if plugged:
                raise Conflict(f"{bridge.name} has ports: {', '.join(plugged)}", hint="end those instances first")
            self._bridges.pop(bridge.name, None)

    def lets_speak(self, tap: str, mac: str, address: str) -> bool:
        """What the filter would say of a packet that enters from `tap` with this source."""
        with self._lock:
            port = self._ports.get(tap)
            return port is not None and (port.mac, port.address) == (mac, address)


def _as_link(bridge: Bridge) -> Link:
    address = (f"{bridge.gateway}/{bridge.cidr.partition('/')[2]}",) if bridge.gateway else ()
    return Link(bridge.name, "bridge", "stratus", True, address)
