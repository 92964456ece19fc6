"""The network interfaces of a node as `ip -json -details address show` lists them, and whether a bridge may be made."""

import ipaddress
import json
from collections.abc import Collection, Sequence

from stratus.errors import BadInput, Conflict
from stratus.model.argv.network import OUR_ALIAS
from stratus.model.network import TAP_PREFIX, Bridge
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Link:
    """One interface."""

    name: str
    kind: str  # bridge | tun | veth | ...; "" for a physical one
    alias: str
    up: bool
    addresses: tuple[str, ...]  # IPv4, each with its prefix length
    learns_from_lldp: bool = False  # a bridge that takes a MAC from frames which no filter sees
    bridge: str = ""  # that it is plugged into


def read_links(listing: str) -> tuple[Link, ...]:
    """The interfaces. Raises BadInput if this is not a listing of ip."""
    try:
        return tuple(
            Link(
                name=item["ifname"],
                kind=item.get("linkinfo", {}).get("info_kind", ""),
                alias=item.get("ifalias", ""),
                up="UP" in item["flags"],
                addresses=tuple(
                    f"{info['local']}/{info['prefixlen']}" for info in item["addr_info"] if info["family"] == "inet"
                ),
                learns_from_lldp=item.get("linkinfo", {}).get("info_data", {}).get("no_linklocal_learn", 1) == 0,
                bridge=item.get("master", ""),
            )
            for item in json.loads(listing)
            if item  # iproute2 prints {} for what a filter leaves out
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"this is not a listing of interfaces: {error}") from error


def check_place(bridge: Bridge, links: Sequence[Link], ours: Collection[str]) -> None:
    """Refuse a bridge that would take over, or cut off, something of somebody else's. Raises Conflict.

    `ours` are the managed bridges that the door has records of; a bridge with our alias is ours as well.
    """
    present = {link.name: link for link in links}.get(bridge.name)
    if bridge.managed:
        _check_name_is_free(bridge, present, ours)
        _check_addresses_are_free(bridge, links)
    elif present is None or present.kind != "bridge":
        what = "is no bridge" if present else "does not exist"
        raise Conflict(
            f"the interface {bridge.name} {what}",
            hint=f"make it (the site's bridge is not made here), or set another: ip link show {bridge.name}",
        )
    for link in links:
        ours_too = link.alias == OUR_ALIAS or link.name in ours or link.name == bridge.name
        if link.name.startswith(TAP_PREFIX) and not ours_too and (link.kind not in ("tun", "veth") or link.addresses):
            raise Conflict(
                f"names that start with {TAP_PREFIX} are kept for instances: the filter would cut off {link.name}",
                hint=f"give that interface another name: ip link set {link.name} name NAME",
            )


def _check_name_is_free(bridge: Bridge, present: Link | None, ours: Collection[str]) -> None:
    if present is None or (present.kind == "bridge" and (present.alias == OUR_ALIAS or present.name in ours)):
        return
    raise Conflict(
        f"the interface {bridge.name} is there already, and was not made here",
        hint="configure another name for the bridge of this network",
    )


def _check_addresses_are_free(bridge: Bridge, links: Sequence[Link]) -> None:
    subnet = ipaddress.IPv4Network(bridge.cidr)
    for link in links:
        for address in link.addresses if link.name not in (bridge.name, "lo") else ():
            if ipaddress.IPv4Interface(address).network.overlaps(subnet):
                raise Conflict(
                    f"{bridge.cidr} overlaps {address} of the interface {link.name}",
                    hint=f"configure another subnet for the {bridge.network} network",
                )
