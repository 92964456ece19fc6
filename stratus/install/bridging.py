"""Moving an interface into a bridge: the commands, those that take it back, and how it outlives a boot.

The bridge takes over the interface's MAC, addresses and routes, so that for everybody else nothing has changed. Pure.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

from stratus.install.cards import Card, Route
from stratus.install.deeds import Run, Write

Argv = tuple[str, ...]
RUNTIME_FOLDER, LASTING_FOLDER = "/run/systemd/network", "/etc/systemd/network"
_ROUTE_WORDS = (("via", "Gateway"), ("src", "PreferredSource"), ("metric", "Metric"), ("table", "Table"))
_OPTIONS = ("type", "bridge", "stp_state", "0", "forward_delay", "0", "no_linklocal_learn", "1")


def moving(card: Card, bridge: str) -> tuple[Argv, ...]:
    """Make the bridge and move everything; a few milliseconds without an address."""
    return (
        ("ip", "link", "add", "name", bridge, "address", card.mac, "mtu", str(card.mtu), *_OPTIONS),
        ("ip", "link", "set", "dev", bridge, "up"),
        ("ip", "link", "set", "dev", card.name, "master", bridge),
        *_without_addresses(card),
        *(address.on(bridge) for address in card.addresses),
        *(route.on(bridge) for route in _near_first(card)),
    )


def moving_back(card: Card, bridge: str) -> tuple[Argv, ...]:
    """The same, backwards, from wherever it was interrupted; what fails of it was not there."""
    return (
        ("ip", "link", "set", "dev", card.name, "nomaster"),
        ("ip", "link", "delete", "dev", bridge, "type", "bridge"),
        *_without_addresses(card),
        *(address.back(card.name) for address in card.addresses),
        *(route.on(card.name) for route in _near_first(card)),
    )


def networkd_files(card: Card, bridge: str, folder: str) -> tuple[Write, ...]:
    """The files of systemd-networkd; their names come before those that the system brings."""
    names = "".join(f"{line}\n" for line in card.names)
    network = f"[Match]\nName={bridge}\n\n[Network]\n{_networkd_addresses(card)}{names}{_networkd_routes(card)}"
    netdev = f"[NetDev]\nName={bridge}\nKind=bridge\nMACAddress={card.mac}\n\n[Bridge]\nSTP=no\nForwardDelaySec=0\n"
    port = f"[Match]\nName={card.name}\n\n[Network]\nBridge={bridge}\nLinkLocalAddressing=no\n"
    head = "# Written by `stratus install`: the bridge of the public network.\n"
    called = networkd_names(card.name, bridge)
    return tuple(
        Write(f"{folder}/{name}", head + text) for name, text in zip(called, (netdev, network, port), strict=True)
    )


def networkd_names(interface: str, bridge: str) -> tuple[str, ...]:
    """What these files are called."""
    return tuple(f"05-stratus-{name}" for name in (f"{bridge}.netdev", f"{bridge}.network", f"{interface}.network"))


def ifupdown_edit(card: Card, bridge: str, path: str, text: str) -> Run:
    """The stanza of the interface becomes that of the bridge; every other line stays, also when it is taken back.

    Where the file does not start the interface at each boot, it starts the bridge: hotplug never would."""
    name, over = re.escape(card.name), re.escape(bridge)
    named = re.search(rf"^[ \t]*auto[ \t](.*[ \t])?{name}([ \t]|$)", text, re.MULTILINE)
    start = _renamed("auto", name, bridge) if named else f"0,/{_stanza(name)}/{{//i auto {bridge}\n}}"
    unstart = _renamed("auto", over, card.name) if named else rf"/^auto {over}$/d"
    lines = (
        f"pre-up ip link add name {bridge} address {card.mac} type bridge forward_delay 0 || true # stratus",
        f"pre-up ip link set dev {card.name} master {bridge} up # stratus",
    )
    added = "".join(f"\\\n    {line}" for line in lines)
    sed = ("sed", "-i", "-e")
    there = f"/{_stanza(over)}/a{added}"
    undo = (*sed, "/# stratus$/d", "-e", unstart, "-e", _renamed("iface", over, card.name), path)
    return Run((*sed, start, "-e", _renamed("iface", name, bridge), "-e", there, path), undo=undo)


def stanza_file(card_name: str, files: Mapping[str, str]) -> str:
    """Which of ifupdown's files sets this interface up; "" if none does."""
    stanza = re.compile(rf"^\s*iface\s+{re.escape(card_name)}\s", re.MULTILINE)
    return next((path for path, text in files.items() if stanza.search(text)), "")


def _without_addresses(card: Card) -> tuple[Argv, ...]:
    versions = sorted({address.version for address in card.addresses})
    return tuple(
        ("ip", f"-{version}", "address", "flush", "dev", card.name, *(("scope", "global") if version == 6 else ()))
        for version in versions
    )


def _near_first(card: Card) -> list[Route]:
    """A gateway must be reachable before a route through it can be set."""
    return sorted(card.routes, key=lambda route: bool(route.gateway))


def _networkd_addresses(card: Card) -> str:
    if card.leased:
        return "DHCP=yes\n"
    lines = [f"Address={address.text}" for address in card.addresses]
    return "".join(f"{line}\n" for line in lines)


def _networkd_routes(card: Card) -> str:
    """The routes that somebody has set; those of a lease come with it."""
    sections = []
    for route in card.routes:
        said = dict(pairwise(route.words))
        if card.leased and (route.default or said.get("protocol") == "dhcp"):
            continue
        lines = [f"Destination={route.words[0]}"] if not route.default else []
        lines += [f"{name}={said[word]}" for word, name in _ROUTE_WORDS if word in said]
        lines += ["GatewayOnLink=yes"] if "onlink" in route.words else []
        sections.append("".join(f"{line}\n" for line in ("", "[Route]", *lines)))
    return "".join(sections)


def _stanza(name: str) -> str:
    return rf"^\s*iface\s\+{name}\s"


def _renamed(word: str, name: str, to: str) -> str:
    """The name as a whole word of the lines that begin with `word`: eth0.5 is another interface."""
    return rf"/^\s*{word}\s/s/\(\s\){name}\(\s\|$\)/\1{to}\2/"
