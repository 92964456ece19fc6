"""Reading what the programs that gather facts print. Pure."""

import ipaddress
import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

from stratus.errors import CommandFailed

_DOCKERS_OWN = "172.17.0.0/16"


def os_release(text: str) -> dict[str, str]:
    """The fields of os-release(5)."""
    fields = (line.partition("=") for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name: " ".join(shlex.split(value)) for name, _, value in fields}


def installed_packages(text: str) -> tuple[str, ...]:
    """The names in `dpkg-query -W -f '${Package} ${db:Status-Status}\\n'` whose state is installed; of rpm's, all."""
    rows = (line.split() for line in text.splitlines())
    return tuple(sorted({row[0] for row in rows if row and (len(row) == 1 or row[1] == "installed")}))


def networks(routes_json: str, addresses_json: str, *, but: Iterable[str]) -> tuple[str, ...]:
    """The IPv4 networks in `ip -j -4 route show table all` and `ip -j -4 address`, without the interfaces `but`."""
    left_out = set(but)
    found = set()
    for route in rows_of(routes_json, "ip route"):
        if route.get("dev") not in left_out and route.get("type", "unicast") == "unicast":
            found.add("0.0.0.0/0" if route.get("dst") == "default" else str(route.get("dst")))
    for interface in rows_of(addresses_json, "ip address"):
        if interface.get("ifname") not in left_out:
            for address in interface.get("addr_info", []):
                found.add(f"{address['local']}/{address['prefixlen']}")
    nets = {ipaddress.IPv4Network(text, strict=False) for text in found}
    return tuple(str(net) for net in sorted(nets) if net.prefixlen > 0)


def routes(routes_json: str) -> tuple[tuple[str, str], ...]:
    """Where packets go, and through which interface, in `ip -j -4 route show table all`; not the default route."""
    found = (
        (str(route.get("dst")), str(route.get("dev", "")))
        for route in rows_of(routes_json, "ip route")
        if route.get("type", "unicast") == "unicast" and route.get("dst") != "default"
    )
    return tuple(dict.fromkeys(found))


def libvirt_network(xml: str) -> str:
    """The IPv4 network that a definition of libvirt's gives itself; "" if it has none."""
    address = re.search(r"<ip address=['\"]([\d.]+)['\"] (?:netmask|prefix)=['\"]([\d.]+)['\"]", xml)
    return str(ipaddress.IPv4Network(f"{address[1]}/{address[2]}", strict=False)) if address else ""


def docker_network(daemon_json: str) -> str:
    """The network of docker0, by Docker's configuration; broken ones are Docker's affair."""
    try:
        bip = json.loads(daemon_json or "{}").get("bip", "")
        return str(ipaddress.IPv4Network(bip, strict=False)) if bip else _DOCKERS_OWN
    except (ValueError, AttributeError):
        return _DOCKERS_OWN


def mount_of(mounts: str, path: str) -> tuple[str, str, tuple[str, ...]]:
    """Where the file system of `path` is mounted, its kind and options, in /proc/mounts; the last of equals counts."""
    best: tuple[str, str, tuple[str, ...]] = ("/", "unknown", ())
    for line in mounts.splitlines():
        _, place, kind, options, *_ = line.split()
        place = place.replace("\\040", " ")
        inside = place == "/" or path == place or path.startswith(f"{place}/")
        if inside and len(place) >= len(best[0]):
            best = (place, kind, tuple(options.split(",")))
    return best


def listening_ports(text: str) -> tuple[int, ...]:
    """The TCP ports in /proc/net/tcp and tcp6 that something listens on."""
    ports = set()
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 3 and fields[3] == "0A":
            ports.add(int(fields[1].rpartition(":")[2], 16))
    return tuple(sorted(ports))


def start_ticks(stat: str) -> int:
    """When the process of /proc/PID/stat was started, in clock ticks since the machine was."""
    return int(stat.rpartition(")")[2].split()[19])


def coming_packages(simulation: str) -> tuple[str, ...]:
    """What `apt-get -s install` would bring that is not there yet; an upgrade names the version that is there."""
    rows = (line.split() for line in simulation.splitlines())
    return tuple(_plain(row[1]) for row in rows if len(row) > 2 and row[0] == "Inst" and row[2][0] != "[")


def removed_packages(simulation: str) -> tuple[str, ...]:
    """What `apt-get -s purge` or `autoremove` would remove."""
    rows = (line.split() for line in simulation.splitlines())
    return tuple(dict.fromkeys(_plain(row[1]) for row in rows if len(row) > 1 and row[0] in ("Remv", "Purg")))


def _plain(package: str) -> str:
    """The name without the architecture, as dpkg-query gives it."""
    return package.partition(":")[0]


def rows_of(text: str, what: str) -> list[dict[str, Any]]:
    """What a program printed as a JSON list; iproute2 prints {} for what a filter leaves out. Raises CommandFailed."""
    try:
        rows = json.loads(text or "[]")
    except ValueError as error:
        raise CommandFailed(f"{what} did not answer in JSON: {error}") from error
    return [row for row in rows if isinstance(row, dict) and row]
