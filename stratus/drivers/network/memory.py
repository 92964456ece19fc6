"""The network door in memory: the same rules, no machine touched. For the sandbox and for tests."""

import threading
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

from stratus.errors import Conflict
from stratus.model.dnsmasq import lease_line
from stratus.model.inspection import BridgeSeen, HostSeen, NetworkSeen, Speaker
from stratus.model.links import Link, check_place
from stratus.model.network import Bridge, Port, check_bridge, check_fits, check_port, check_unclaimed, claim_of


class MemoryNetwork:
    """The networks of one imagined node; `links` are the interfaces that it has already.

    What was told and what the machine has of it are kept apart, as on a real one, so that they may come apart: `up`
    (bridges that are there), `speakers` (the filter, by tap), `hosts` (DHCP, by tap) and
    `loose` (taps out of their bridges) may be damaged by anybody."""

    def __init__(
        self, links: Sequence[Link] = (), *, tables: Callable[[str], MutableMapping[str, Any]] = lambda name: {}
    ) -> None:
        """`tables` makes what it remembers things in, by a name for each."""
        self._links = tuple(links)
        self._bridges: MutableMapping[str, Bridge] = tables("bridges")
        self._ports: MutableMapping[str, Port] = tables("ports")
        self.up: MutableMapping[str, None] = tables("up")
        self.speakers: MutableMapping[str, Speaker] = tables("speakers")
        self.hosts: MutableMapping[str, HostSeen] = tables("hosts")
        self.loose: set[str] = set()
        self._lock = threading.Lock()

    def ensure(self, bridge: Bridge) -> None:
        """Remember the bridge, if a real node could make it."""
        check_bridge(bridge)
        with self._lock:
            ours = {each.name: each for each in self._bridges.values() if each.managed and each.name != bridge.name}
            check_place(bridge, (*self._links, *map(_as_link, ours.values())), ours)
            self._bridges[bridge.name] = bridge
            self.up[bridge.name] = None
            self.loose -= {port.tap for port in self._ports.values() if port.bridge == bridge.name}
            self.speakers.clear()
            self.speakers.update({port.tap: _speaker(port) for port in self._ports.values()})
            for tap in [tap for tap, host in self.hosts.items() if host.bridge == bridge.name]:
                del self.hosts[tap]
            for port in self._ports.values():
                self._admit(port)

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
            self.speakers[port.tap] = _speaker(port)
            self._admit(port)

    def unplug(self, port: Port) -> None:
        """Silence the tap; nothing happens if nothing was plugged into it."""
        check_port(port)
        with self._lock:
            for known in (self._ports, self.speakers, self.hosts):
                known.pop(port.tap, None)

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
            self.up.pop(bridge.name, None)

    def look(self) -> NetworkSeen:
        """What was told, and what the machine has of it."""
        with self._lock:
            up = self.up
            bridges = tuple(
                BridgeSeen(each, name in up, name in up, name in up) for name, each in sorted(self._bridges.items())
            )
            ports = tuple(self._ports[tap] for tap in sorted(self._ports))
            speakers = tuple(self.speakers[tap] for tap in sorted(self.speakers))
            hosts = tuple(self.hosts[tap] for tap in sorted(self.hosts))
            return NetworkSeen(bridges, ports, speakers, hosts, tuple(sorted(self.loose)))

    def lose_power(self) -> None:
        """What the machine's reboot does: what was told is kept in files, the kernel has nothing of it."""
        with self._lock:
            self.up.clear()
            self.speakers.clear()

    def lets_speak(self, tap: str, mac: str, address: str) -> bool:
        """What the filter would say of a packet that enters from `tap` with this source."""
        with self._lock:
            found = self.speakers.get(tap)
            return found is not None and (found.mac, found.address) == (mac, address)

    def _admit(self, port: Port) -> None:
        bridge = self._bridges.get(port.bridge)
        if bridge is not None and bridge.dhcp:
            self.hosts[port.tap] = HostSeen(port.bridge, port.tap, lease_line(port, bridge))


def _as_link(bridge: Bridge) -> Link:
    address = (f"{bridge.gateway}/{bridge.cidr.partition('/')[2]}",) if bridge.gateway else ()
    return Link(bridge.name, "bridge", "stratus", True, address)


def _speaker(port: Port) -> Speaker:
    return Speaker(port.tap, port.mac, port.address)
