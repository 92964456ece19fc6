"""Bridges, filter and DHCP of a node, compared with what its running instances need and with what it was told."""

from collections.abc import Iterator

from stratus.model.dnsmasq import lease_line
from stratus.model.doctor.books import Books, Kept
from stratus.model.doctor.finding import Finding, Mend, Severity
from stratus.model.doctor.strangers import instance_of_tap
from stratus.model.inspection import BridgeSeen, HostSeen, Inspection, NetworkSeen, Speaker
from stratus.model.instance import Instance
from stratus.model.network import Bridge, Port
from stratus.model.paths import NodePaths
from stratus.model.states import State
from stratus.model.steps import EnsureBridge, PlugPort, Step


def networks(books: Books, node: str, seen: Inspection) -> Iterator[Finding]:
    """The findings about the networks of one node."""
    if seen.network is None:
        return
    view = _Networks(books, node, seen, seen.network)
    yield from view.bridges()
    yield from view.ports()
    yield from view.strays()


class _Networks:
    """One node's networks, and who should speak there."""

    def __init__(self, books: Books, node: str, seen: Inspection, network: NetworkSeen) -> None:
        self._books, self._node, self._seen, self._network = books, node, seen, network
        self._told = {each.bridge.name: each for each in network.bridges}
        self._residents = [
            (kept, books.blueprints[number].port)
            for number, kept in sorted(books.instances.items())
            if kept.value.node == node and number in books.blueprints and not books.is_busy(number)
        ]
        self._running = [(kept, port) for kept, port in self._residents if kept.value.state is State.RUNNING]

    def bridges(self) -> Iterator[Finding]:
        """What is missing of the bridges that running instances are plugged into."""
        for name in sorted({port.bridge for _, port in self._running} & self._told.keys()):
            told = self._told[name]
            for code, what in _troubles(told):
                yield self._found(code, f"{name} on {self._node} {what}", told.bridge)

    def ports(self) -> Iterator[Finding]:
        """Running instances that cannot speak, or get no address."""
        ports, speakers = set(self._network.ports), set(self._network.speakers)
        hosts = set(self._network.hosts)
        for kept, port in self._running:
            bridge = self._bridge(port)
            whose = f"instance {kept.value.id}"
            if port.tap in self._network.loose:
                yield self._found("tap-loose", f"{port.tap} of {whose} is not in its bridge {port.bridge}", bridge)
            if port not in ports:
                what = f"{whose} is not plugged in on {self._node}: nothing gets to it"
                yield self._of(kept, "port-missing", what, (self._ensure(bridge), PlugPort(port)))
            elif Speaker(port.tap, port.mac, port.address) not in speakers:
                what = f"the filter of {self._node} does not let {whose} speak through {port.tap}"
                yield self._found("filter-missing", what, bridge)
            elif bridge.dhcp and HostSeen(port.bridge, port.tap, lease_line(port, bridge)) not in hosts:
                yield self._found("dhcp-missing", f"DHCP on {port.bridge} does not know {whose}", bridge)

    def strays(self) -> Iterator[Finding]:
        """What the filter and DHCP know and the node was never told."""
        recorded = {port.tap for port in self._network.ports}
        for speaker in self._network.speakers:
            if speaker.tap not in recorded and not self._is_busy(speaker.tap) and self._told:
                what = f"the filter of {self._node} lets {speaker.address or 'something'} speak through {speaker.tap}"
                yield self._found("filter-stray", f"{what}, which is nobody's", next(iter(self._told.values())).bridge)
        for host in self._network.hosts:
            if host.tap not in recorded and not self._is_busy(host.tap) and host.bridge in self._told:
                what = f"DHCP on {host.bridge} of {self._node} knows {host.tap}, which is nobody's"
                yield self._found("dhcp-stray", what, self._told[host.bridge].bridge)

    def _is_busy(self, tap: str) -> bool:
        number = instance_of_tap(tap)
        return number is not None and self._books.is_busy(number)

    def _bridge(self, port: Port) -> Bridge:
        told = self._told.get(port.bridge)
        return told.bridge if told else self._books.bridge_of(port)

    def _ensure(self, bridge: Bridge) -> EnsureBridge:
        return EnsureBridge(bridge, NodePaths(self._seen.state_dir).networks)

    def _found(self, code: str, what: str, bridge: Bridge) -> Finding:
        """A finding that is put right by seeing to the bridge, which concerns no instance more than another."""
        return Finding(code, Severity.ERROR, self._node, what, Mend(self._node, steps=(self._ensure(bridge),)))

    def _of(self, kept: Kept[Instance], code: str, what: str, steps: tuple[Step, ...]) -> Finding:
        mend = Mend(self._node, kept.value.id, kept.revision, kept.value.state, steps)
        return Finding(code, Severity.ERROR, self._node, what, mend)


def _troubles(told: BridgeSeen) -> Iterator[tuple[str, str]]:
    if not told.there:
        yield "bridge-missing", "is not there"
    elif not told.addressed:
        yield "bridge-address", f"does not have the address {told.bridge.gateway}"
    if not told.served:
        yield "dhcp-silent", "has no DHCP server that runs"
