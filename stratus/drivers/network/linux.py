"""The network door on a Linux machine: bridges by iproute2, the filter by nft, DHCP and DNS by dnsmasq."""

import logging
from collections.abc import Sequence
from pathlib import Path

from stratus.drivers.network.commands import Run, run_command
from stratus.drivers.network.records import Records, write_file
from stratus.drivers.network.server import Server
from stratus.errors import CommandFailed, Conflict, StratusError
from stratus.model import firewall
from stratus.model.argv import network as argv
from stratus.model.filter_sets import speakers
from stratus.model.inspection import BridgeSeen, NetworkSeen, Speaker
from stratus.model.links import Link, check_place, read_links
from stratus.model.network import Bridge, Port, check_bridge, check_fits, check_port, check_unclaimed

log = logging.getLogger(__name__)


class LinuxNetwork:
    """The networks of this machine, as the protocol says. Several processes may use it at once; `run` must be root's.

    `state_dir` belongs to this object alone, and has to be one that everybody may enter (dnsmasq runs as nobody).
    """

    def __init__(self, state_dir: str, *, run: Run = run_command) -> None:
        self._state_dir = Path(state_dir)
        self._records = Records(self._state_dir)
        self._run = run

    def ensure(self, bridge: Bridge) -> None:
        """Make the bridge and what belongs to it, or put right what differs."""
        check_bridge(bridge)
        with self._records.locked():
            links = read_links(self._run(argv.list_links()))
            check_place(bridge, links, {each.name for each in self._records.bridges() if each.managed})
            _warn_of_lldp(bridge, links)
            self._records.save_bridge(bridge)
            # the filter first: no packet passes a new bridge before it
            ports = self._records.ports()
            self._load_rules(self._records.bridges(), ports)
            self._make(bridge, links)
            for tap in _loose(links, ports, bridge.name):
                self._run(argv.attach(tap, bridge.name))
            server = self._server(bridge.name)
            if bridge.dhcp:
                server.ensure(bridge, [port for port in ports if port.bridge == bridge.name])
            else:
                server.remove()

    def plug(self, port: Port) -> None:
        """Let this MAC and address, and only them, speak through this tap, and let DHCP answer it."""
        check_port(port)
        with self._records.locked():
            bridge = self._bridge_of(port)
            check_fits(port, bridge)
            check_unclaimed(port, self._records.claims())
            before = self._records.port(port.tap)
            if before is not None and before != port:
                self._unplug(before)
            self._records.save_port(port)
            try:
                self._change(argv.plug(port))
            except StratusError:
                if before != port:
                    self._records.forget_port(port.tap)
                raise
            if bridge.dhcp:
                self._server(bridge.name).admit(bridge, port)
        log.info("plugged %s: %s, %s on %s", port.tap, port.mac, port.address, port.bridge)

    def unplug(self, port: Port) -> None:
        """Silence the tap, whatever was plugged into it; nothing happens if nothing was."""
        check_port(port)
        with self._records.locked():
            self._unplug(self._records.port(port.tap) or port)
        log.info("unplugged %s", port.tap)

    def ports(self) -> list[Port]:
        """Every port, by tap."""
        return self._records.ports()

    def remove(self, bridge: Bridge) -> None:
        """Take away what `ensure` made, and only that. Raises Conflict while ports are plugged into it."""
        check_bridge(bridge)
        with self._records.locked():
            plugged = sorted(claim.tap for claim in self._records.claims() if claim.bridge == bridge.name)
            if plugged:
                raise Conflict(f"{bridge.name} has ports: {', '.join(plugged)}", hint="end those instances first")
            known = self._records.bridge(bridge.name)
            self._server(bridge.name).remove()
            self._delete_link(bridge if known is None else known)
            rest = [each for each in self._records.bridges() if each.name != bridge.name]
            self._load_rules(rest, self._records.ports())
            if self._records.we_route and not any(map(argv.needs_forwarding, rest)):
                self._run(argv.set_forwarding("0"))
                self._records.we_route = False
            self._records.forget_bridge(bridge.name)
        log.info("removed the network %s from %s", bridge.network, bridge.name)

    def look(self) -> NetworkSeen:
        """What was told, and what the kernel and the DHCP servers have of it."""
        bridges = self._records.bridges()
        if not bridges:
            return NetworkSeen()
        links = {link.name: link for link in read_links(self._run(argv.list_links()))}
        hosts = [host for bridge in bridges if bridge.dhcp for host in self._server(bridge.name).hosts()]
        seen = tuple(self._seen(bridge, links.get(bridge.name)) for bridge in bridges)
        ports = self._records.ports()
        loose = [tap for bridge in bridges for tap in _loose(tuple(links.values()), ports, bridge.name)]
        return NetworkSeen(seen, tuple(ports), self._speakers(), tuple(hosts), tuple(sorted(loose)))

    def _seen(self, bridge: Bridge, link: Link | None) -> BridgeSeen:
        there = link is not None and (not bridge.managed or link.up)
        addressed = not (bridge.managed and bridge.gateway) or (
            link is not None and argv.own_address(bridge) in link.addresses
        )
        return BridgeSeen(bridge, there, addressed, not bridge.dhcp or self._server(bridge.name).runs())

    def _speakers(self) -> tuple[Speaker, ...]:
        try:
            return speakers(self._run(argv.list_filter()))
        except CommandFailed as error:
            log.info("the filter is not there: %s", error.message)
            return ()

    def _make(self, bridge: Bridge, links: Sequence[Link]) -> None:
        """The link, its address, forwarding: only what is missing."""
        if bridge.managed:
            present = {link.name: link for link in links}.get(bridge.name)
            if present is None:
                self._run(argv.create(bridge))
                log.info("made the bridge %s for the network %s", bridge.name, bridge.network)
            if present is None or not present.up or present.alias != argv.OUR_ALIAS:
                self._run(argv.bring_up(bridge))
            self._set_address(bridge, present.addresses if present else ())
        if argv.needs_forwarding(bridge) and self._run(argv.get_forwarding()).strip() == "0":
            self._records.we_route = True
            self._run(argv.set_forwarding("1"))
            log.info("this machine routes packets from now on")

    def _set_address(self, bridge: Bridge, present: Sequence[str]) -> None:
        wanted = (argv.own_address(bridge),) if bridge.gateway else ()
        if tuple(present) == wanted:
            return
        if present:
            self._run(argv.drop_addresses(bridge))
        for command in argv.give_address(bridge):
            self._run(command)

    def _delete_link(self, bridge: Bridge) -> None:
        for link in read_links(self._run(argv.list_links())):
            if link.name == bridge.name and link.alias == argv.OUR_ALIAS:
                for command in argv.remove(bridge):
                    self._run(command)

    def _unplug(self, port: Port) -> None:
        """Silence first, then forget: what fails half-way is silent, and is done again by the next call."""
        try:
            self._run(argv.take_away(port))
        except CommandFailed:
            # no tables, after a boot or a flush: without bridges there is nothing to silence
            others = [each for each in self._records.ports() if each.tap != port.tap]
            self._load_rules(self._records.bridges(), others)
        self._server(port.bridge).forget(port.tap)
        self._records.forget_port(port.tap)

    def _change(self, commands: Sequence[tuple[str, ...]]) -> None:
        """Run the small change; where nft refuses, because the tables are gone, load them whole from the records."""
        try:
            for command in commands:
                self._run(command)
        except CommandFailed as error:
            log.warning("the filter is made anew: %s", error.message)
            self._load_rules(self._records.bridges(), self._records.ports())

    def _load_rules(self, bridges: Sequence[Bridge], ports: Sequence[Port]) -> None:
        text = firewall.ruleset(bridges, ports) if bridges else firewall.cleared()
        write_file(self._state_dir / "rules.nft", text, mode=0o600)
        self._run(argv.load_rules(str(self._state_dir)))

    def _bridge_of(self, port: Port) -> Bridge:
        bridge = self._records.bridge(port.bridge)
        if bridge is None:
            raise Conflict(
                f"there is no network on {port.bridge} yet",
                hint=f"ensure the {port.network} network on this node first",
            )
        return bridge

    def _server(self, bridge_name: str) -> Server:
        return Server(bridge_name, self._state_dir, self._run)


def _loose(links: Sequence[Link], ports: Sequence[Port], bridge_name: str) -> list[str]:
    """The taps of a bridge's ports that are there, and not in the bridge: it was made anew below them."""
    taps = {port.tap for port in ports if port.bridge == bridge_name}
    return [link.name for link in links if link.name in taps and link.bridge != bridge_name]


def _warn_of_lldp(bridge: Bridge, links: Sequence[Link]) -> None:
    for link in links:
        if link.name == bridge.name and link.learns_from_lldp and not bridge.managed:
            log.warning(
                "guests on %s can draw each other's frames to themselves by LLDP; "
                "prevent it with: ip link set dev %s type bridge no_linklocal_learn 1",
                bridge.name,
                bridge.name,
            )
