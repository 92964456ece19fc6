"""What dnsmasq is told: one configuration per bridge, and one line per port in two folders that it watches. Pure."""

import ipaddress
import re

from stratus.model.network import Bridge, Port

_DAEMON_USER = "nobody"
_MISREAD = re.compile(r"(?i)\d+[smhdw]?|infinite|ignore")


def configuration(bridge: Bridge, folder: str) -> str:
    """The configuration file of the dnsmasq that serves one bridge.

    It answers only cards that are in the folder `leases`: no ranges, no strangers. Leases are for ever and not written
    down: a restarted dnsmasq confirms what a card says it has, because the folder says the same.
    """
    subnet = ipaddress.IPv4Network(bridge.cidr)
    lines = [
        f"interface={bridge.name}",
        "except-interface=lo",
        "bind-dynamic",
        f"user={_DAEMON_USER}",
        f"pid-file={folder}/dnsmasq.pid",
        f"dhcp-range={subnet.network_address},static,{subnet.netmask},infinite",
        f"dhcp-hostsdir={folder}/leases",
        f"dhcp-lease-max={max(1000, min(subnet.num_addresses, 1 << 20))}",
        "dhcp-authoritative",
        "dhcp-ignore=tag:!known",
        "dhcp-ignore-names",
        "leasefile-ro",
        "no-ping",
        "quiet-dhcp",
        f"dhcp-option=option:router{_tail(bridge.way_out)}",
        f"dhcp-option=option:dns-server{_tail(*_name_servers(bridge))}",
        *([f"dhcp-option=option:ntp-server{_tail(*bridge.ntp)}"] if bridge.ntp else []),
        *([f"domain={bridge.domain}"] if bridge.domain else []),
        *(_name_service(bridge, folder) if bridge.gateway else ["port=0"]),
    ]
    if not bridge.gateway:
        # the node's own address on somebody else's bridge may be in another subnet, or there is none
        lines.append(f"shared-network={bridge.name},{subnet.network_address}")
    return "\n".join(lines) + "\n"


def lease_line(port: Port, bridge: Bridge) -> str:
    """The line of the folder `leases`.

    Where dnsmasq answers DNS, the name of the card comes from the folder `names`: here it would read the name 45m as a
    duration. Where it does not, such a name is left out.
    """
    name = "" if bridge.gateway or _MISREAD.fullmatch(port.hostname) else port.hostname
    return ",".join(filter(None, (port.mac, port.address, name))) + "\n"


def name_line(port: Port, domain: str) -> str:
    """The line of the folder `names`, from which DNS answers, and DHCP takes the name of the card."""
    if not port.hostname:
        return ""
    return f"{port.address} {f'{port.hostname}.{domain} ' if domain else ''}{port.hostname}\n"


def _name_servers(bridge: Bridge) -> tuple[str, ...]:
    return (bridge.gateway,) if bridge.gateway else bridge.dns


def _name_service(bridge: Bridge, folder: str) -> list[str]:
    lines = ["no-hosts", f"hostsdir={folder}/names", "domain-needed"]
    if bridge.domain:
        lines += [f"local=/{bridge.domain}/", "expand-hosts"]
    if bridge.dns:
        lines += ["no-resolv", *(f"server={address}" for address in bridge.dns)]
    return lines


def _tail(*addresses: str) -> str:
    return "".join(f",{address}" for address in addresses if address)
