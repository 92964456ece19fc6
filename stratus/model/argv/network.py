"""The command lines of the network door: what it runs, and what `--plan` prints."""

import ipaddress

from stratus.model.argv import Argv
from stratus.model.firewall import TABLES, elements
from stratus.model.network import Bridge, Port
from stratus.model.paths import NodePaths
from stratus.model.pool import mac_of

OUR_ALIAS = "stratus"  # how a bridge says that it is ours
FOLDER = NodePaths().networks


def ensure(bridge: Bridge, folder: str = FOLDER) -> tuple[Argv, ...]:
    """All that it takes to make a bridge; what is there already is not made again."""
    made = (create(bridge), bring_up(bridge), *give_address(bridge)) if bridge.managed else ()
    forwarding = (set_forwarding("1"),) if needs_forwarding(bridge) else ()
    served = (serve(bridge, folder),) if bridge.dhcp else ()
    return (list_links(), *made, *forwarding, load_rules(folder), *served)


def plug(port: Port) -> tuple[Argv, ...]:
    """Let the port speak: one transaction of nft."""
    return (_change("add", port),)


def remember(port: Port, folder: str, *, dhcp: bool) -> tuple[Argv, ...]:
    """The files of a port: the node's record, and what DHCP and DNS answer; each is told on standard input."""
    files = (port_record(port, folder), *(_answers(port, folder) if dhcp else ()))
    return tuple(("install", "-m", "0644", "/dev/stdin", path) for path in files)


def unplug(port: Port, folder: str = FOLDER) -> tuple[Argv, ...]:
    """Silence the port, and have the node, DHCP and DNS forget it."""
    files = ("rm", "-f", *_answers(port, folder), port_record(port, folder))
    return take_away(port), files, forget(port.bridge, folder)


def port_record(port: Port, folder: str) -> str:
    """The file of a port. What the port claims is in its name, so that a plug need not read those of the others."""
    name = "@".join((port.tap, port.bridge, port.address, port.mac.replace(":", "")))
    return f"{folder}/ports/{name}.json"


def _answers(port: Port, folder: str) -> tuple[str, ...]:
    return tuple(f"{server_folder(port.bridge, folder)}/{kind}/{port.tap}" for kind in ("leases", "names"))


def remove(bridge: Bridge) -> tuple[Argv, ...]:
    """Take away a bridge that the node made."""
    return (("ip", "link", "delete", "dev", bridge.name, "type", "bridge"),) if bridge.managed else ()


def list_links() -> Argv:
    """The interfaces of the node with their addresses, as JSON."""
    return ("ip", "-json", "-details", "address", "show")


def create(bridge: Bridge) -> Argv:
    """A bridge that forwards at once. Its MAC is fixed, or it would change with the ports and guests lose it.

    It learns no MAC from link-local frames: the kernel shows those of LLDP to no filter.
    """
    mac = ("address", mac_of(bridge.gateway)) if bridge.gateway else ()
    options = ("stp_state", "0", "forward_delay", "0", "no_linklocal_learn", "1")
    return ("ip", "link", "add", "name", bridge.name, *mac, "type", "bridge", *options)


def bring_up(bridge: Bridge) -> Argv:
    """Mark it as ours, without IPv6, up."""
    return ("ip", "link", "set", "dev", bridge.name, "alias", OUR_ALIAS, "addrgenmode", "none", "up")


def give_address(bridge: Bridge) -> tuple[Argv, ...]:
    """The node's own address on it, if it has one there."""
    return (("ip", "address", "replace", own_address(bridge), "dev", bridge.name),) if bridge.gateway else ()


def own_address(bridge: Bridge) -> str:
    """The node's address on a bridge, with the prefix length."""
    return f"{bridge.gateway}/{ipaddress.IPv4Network(bridge.cidr).prefixlen}"


def attach(tap: str, bridge_name: str) -> Argv:
    """Put a tap back into its bridge, when that was made anew below a running instance."""
    return ("ip", "link", "set", "dev", tap, "master", bridge_name)


def drop_addresses(bridge: Bridge) -> Argv:
    """Take all addresses off a bridge; one by one they might go together, as the kernel ranks them."""
    return ("ip", "-4", "address", "flush", "dev", bridge.name)


def needs_forwarding(bridge: Bridge) -> bool:
    """The node has to pass on packets for the guests of this bridge."""
    return bridge.managed and (bridge.nat or bridge.routed)


def set_forwarding(value: str) -> Argv:
    """Have the node route, or not."""
    return ("sysctl", "-q", "-w", f"net.ipv4.ip_forward={value}")


def get_forwarding() -> Argv:
    """Whether the node routes."""
    return ("sysctl", "-n", "net.ipv4.ip_forward")


def load_rules(folder: str) -> Argv:
    """Replace the whole filter in one transaction."""
    return ("nft", "-f", f"{folder}/rules.nft")


def list_filter() -> Argv:
    """What may speak through which tap, as JSON."""
    return ("nft", "--json", "list", "table", *TABLES[0].split())


def take_away(port: Port) -> Argv:
    """The transaction that silences a port; adding before deleting makes it right also when the port is gone."""
    return ("nft", f"{_changes('add', port)}; {_changes('delete', port)}")


def serve(bridge: Bridge, folder: str) -> Argv:
    """The server for DHCP and DNS on a bridge; it goes into the background by itself."""
    return ("dnsmasq", f"--conf-file={server_folder(bridge.name, folder)}/dnsmasq.conf")


def forget(bridge_name: str, folder: str) -> Argv:
    """Have the server read its folders again; it sees new files by itself, but not that one is gone."""
    return ("pkill", "-HUP", "--exact", "--pidfile", f"{server_folder(bridge_name, folder)}/dnsmasq.pid", "dnsmasq")


def server_folder(bridge_name: str, folder: str) -> str:
    """Where the server of one bridge finds what it is told."""
    return f"{folder}/dnsmasq/{bridge_name}"


def _change(verb: str, port: Port) -> Argv:
    return ("nft", _changes(verb, port))


def _changes(verb: str, port: Port) -> str:
    return "; ".join(f"{verb} element bridge stratus {name} {{ {element} }}" for name, element in elements(port))
