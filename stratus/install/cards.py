"""Network interfaces with all that moves when one goes into a bridge, read from what `ip -json` prints. Pure."""

from collections.abc import Iterator
from typing import Any

from stratus.install.parsers import rows_of
from stratus.model.values import dataclass

_FOR_EVER = 2**32 - 1


@dataclass(frozen=True)
class Address:
    """An address as `ip address add` takes it; `words` follow it."""

    text: str  # with the length of the prefix
    words: tuple[str, ...] = ()
    label: str = ""
    lifetime: tuple[str, ...] = ()  # of one that a DHCP client keeps alive
    version: int = 4

    def on(self, device: str) -> tuple[str, ...]:
        """The same address there, for ever."""
        label = ("label", device + self.label[len(self.label.partition(":")[0]) :]) if self.label else ()
        return (*self._head(), *self.words, *label, "dev", device)

    def back(self, device: str) -> tuple[str, ...]:
        """The address as it was."""
        label = ("label", self.label) if self.label else ()
        return (*self._head(), *self.words, *label, "dev", device, *self.lifetime)

    def _head(self) -> tuple[str, ...]:
        return ("ip", f"-{self.version}", "address", "replace", self.text)


@dataclass(frozen=True)
class Route:
    """A route as `ip route add` takes it, without its device."""

    words: tuple[str, ...]
    gateway: str = ""
    default: bool = False
    version: int = 4

    def on(self, device: str) -> tuple[str, ...]:
        """The same route through that interface."""
        return ("ip", f"-{self.version}", "route", "replace", *self.words, "dev", device)


@dataclass(frozen=True)
class Card:
    """One interface."""

    name: str
    mac: str
    mtu: int = 1500
    kind: str = ""  # bridge, veth, ...; empty for hardware
    master: str = ""
    wireless: bool = False
    addresses: tuple[Address, ...] = ()
    routes: tuple[Route, ...] = ()
    names: tuple[str, ...] = ()  # the lines of networkd's file about whom to ask for names and the time

    @property
    def gateway(self) -> str:
        """The IPv4 router behind it; "" if there is none."""
        return next((route.gateway for route in self.routes if route.default and route.version == 4), "")

    @property
    def leased(self) -> bool:
        """Its IPv4 address is of DHCP."""
        return any(address.lifetime for address in self.addresses if address.version == 4)


def cards_of(addresses_json: str, routes_json: str, routes6_json: str, wireless: tuple[str, ...] = ()) -> list[Card]:
    """Every interface, from `ip -j -d address show`, and `ip -j -4` and `-6 route show table all`.

    IPv6 addresses and routes that routers announce come by themselves on the bridge, and are left out."""
    routes = [*_routes(routes_json, 4), *_routes(routes6_json, 6)]
    return [
        Card(
            name=row["ifname"],
            mac=row.get("address", ""),
            mtu=row.get("mtu", 1500),
            kind=row.get("linkinfo", {}).get("info_kind", ""),
            master=row.get("master", ""),
            wireless=row["ifname"] in wireless,
            addresses=tuple(_address(info) for info in row.get("addr_info", []) if _moves(info)),
            routes=tuple(route for device, route in routes if device == row["ifname"]),
        )
        for row in rows_of(addresses_json, "ip address")
    ]


def name_lines(*texts: str) -> tuple[str, ...]:
    """What the [Network] sections of networkd's files say of name servers, search domains and time servers."""
    found: list[str] = []
    for text in texts:
        section = ""
        for line in map(str.strip, text.splitlines()):
            if line.startswith("["):
                section = line
            elif section == "[Network]" and line.partition("=")[0].strip() in _NAMES:
                found.append("=".join(map(str.strip, line.split("=", 1))))
    return tuple(found)


_NAMES = ("DNS", "Domains", "DNSDefaultRoute", "DNSOverTLS", "DNSSEC", "LLMNR", "MulticastDNS", "NTP")


def _moves(info: dict[str, Any]) -> bool:
    return info.get("family") == "inet" or (info.get("scope") == "global" and not info.get("dynamic"))


def _address(info: dict[str, Any]) -> Address:
    words = [word for name in ("broadcast", "scope", "metric") if name in info for word in (name, str(info[name]))]
    words += [flag for flag in ("home", "nodad", "noprefixroute") if info.get(flag)]
    left = (info.get("valid_life_time", _FOR_EVER), info.get("preferred_life_time", _FOR_EVER))
    lifetime = ("valid_lft", str(left[0]), "preferred_lft", str(left[1])) if left[0] != _FOR_EVER else ()
    version = 6 if info["family"] == "inet6" else 4
    return Address(f"{info['local']}/{info['prefixlen']}", tuple(words), info.get("label", ""), lifetime, version)


def _routes(text: str, version: int) -> Iterator[tuple[str, Route]]:
    """Those that somebody set; the kernel's own come and go with the addresses."""
    for row in rows_of(text, "ip route"):
        if row.get("protocol") in ("kernel", "ra") or row.get("type", "unicast") != "unicast" or "dev" not in row:
            continue
        words = [str(row["dst"])]
        for name, option in (("gateway", "via"), ("prefsrc", "src"), ("metric", "metric"), ("table", "table")):
            words += [option, str(row[name])] if name in row else []
        for name in ("protocol", "scope"):
            words += [name, str(row[name])] if name in row else []
        words += ["onlink"] * ("onlink" in row.get("flags", []))
        yield row["dev"], Route(tuple(words), str(row.get("gateway", "")), row["dst"] == "default", version)
