"""The address classes of the site (public, local, private), read from StratusLab's configuration keys.

The keys are those of stratuslab.cfg ([one-network], [nat], [dhcp], node_bridge_name), and two of our own that name the
bridges which the node makes itself. A value with a placeholder, such as x.x.x.x, counts as unset.
"""

import ipaddress
import itertools
from collections.abc import Mapping

from stratus.errors import BadInput, ConfigError
from stratus.model.network import Bridge, check_bridge
from stratus.model.pool import (
    Listed,
    Pool,
    Range,
    address_of,
    describe,
    lease_for,
    mac_of,
    next_free,
    size,
)
from stratus.model.site_keys import SiteKeys
from stratus.model.values import dataclass

__all__ = [
    "AddressClass",
    "Listed",
    "Pool",
    "Range",
    "address_classes",
    "address_of",
    "default_class",
    "describe",
    "lease_for",
    "mac_of",
    "next_free",
    "size",
]

DEFAULTS: Mapping[str, str] = {
    "node_bridge_name": "br0",
    "node_bridge_configure": "False",
    "node_network_interface": "eth0",
    "one_local_network_bridge": "stratus0",
    "one_private_network_bridge": "stratus1",
    "one_private_network": "172.16.0.0",
    "one_private_network_addr": "172.16.0.1",
    "one_private_network_size": "65536",
    "nat": "True",
    "nat_network": "172.17.16.0",
    "nat_netmask": "255.255.255.0",
    "dhcp": "False",
    "dhcp_one_public_network": "False",
    "dhcp_one_local_network": "False",
}
DEFAULT_DOMAIN = "stratus.internal"


@dataclass(frozen=True)
class AddressClass:
    """One class of addresses: the network as every node carries it, and the addresses for instances."""

    name: str  # public | local | private
    bridge: Bridge
    pool: Pool


def address_classes(keys: Mapping[str, str]) -> tuple[AddressClass, ...]:
    """The classes that have addresses, in the order public, local, private. Raises ConfigError naming the key."""
    site = SiteKeys({**DEFAULTS, **keys})
    found = tuple(each for each in (_public(site), _local(site), _private(site)) if each is not None)
    for each in found:
        _check_class(each)
    for one, other in itertools.combinations(found, 2):
        _check_apart(one, other)
    return found


def default_class(classes: tuple[AddressClass, ...]) -> AddressClass:
    """Where an instance goes that asks for no network: public where the site has such addresses, else local."""
    for name in ("public", "local"):
        for each in classes:
            if each.name == name:
                return each
    raise ConfigError(
        "the site has neither public nor local addresses",
        hint="set nat = True with nat_network, or list one_public_network_addr",
    )


def _public(site: SiteKeys) -> AddressClass | None:
    pool = _listed(site, "public")
    return AddressClass("public", _site_bridge(site, "public"), pool) if pool else None


def _local(site: SiteKeys) -> AddressClass | None:
    pool = _listed(site, "local")
    if not site.flag("nat"):
        return AddressClass("local", _site_bridge(site, "local"), pool) if pool else None
    subnet = site.subnet("nat_network", "nat_netmask")
    if subnet is None or subnet.num_addresses < 4:
        raise ConfigError(
            "nat_network with nat_netmask has no room for instances", hint="set nat_network = 172.17.16.0"
        )
    gateway = site.address("nat_gateway") or str(subnet[1])
    bridge = Bridge(
        network="local",
        name=site.interface("one_local_network_bridge"),
        cidr=str(subnet),
        gateway=gateway,
        domain=site.domain("dhcp_one_local_network_domain_name") or DEFAULT_DOMAIN,
        dns=site.addresses("dhcp_one_local_network_domain_name_servers"),
        ntp=site.addresses("dhcp_one_local_network_ntp_servers"),
    )
    made = Range(str(subnet[2]), str(subnet[-2]), (gateway,), site.mac_prefix("mac_prefix"))
    return AddressClass("local", bridge, pool or made)


def _private(site: SiteKeys) -> AddressClass | None:
    """StratusLab's ranged network. The node takes the first address of the subnet, which DHCP cannot do without."""
    network = site.address("one_private_network")
    if not network:
        return None
    count = site.number("one_private_network_size")
    try:
        subnet = ipaddress.IPv4Network(f"{network}/{32 - max(2, (count - 1).bit_length())}")
    except ValueError as error:
        raise ConfigError(
            f"one_private_network = {network} with one_private_network_size = {count}: {error}"
        ) from error
    asked = ipaddress.IPv4Address(site.address("one_private_network_addr") or str(subnet[1]))
    if asked not in subnet:
        raise ConfigError(f"one_private_network_addr = {asked} is not in one_private_network {subnet}")
    first, last = max(asked, subnet[2]), min(asked + (count - 1), subnet[-2])
    if first > last:
        raise ConfigError(f"one_private_network_size = {count} leaves no address for instances")
    name = site.interface("one_private_network_bridge")
    bridge = Bridge("private", name, str(subnet), str(subnet[1]), nat=False, domain=DEFAULT_DOMAIN)
    return AddressClass("private", bridge, Range(str(first), str(last), mac_prefix=site.mac_prefix("mac_prefix")))


def _site_bridge(site: SiteKeys, name: str) -> Bridge:
    """The bridge that the site or the installer has made; without an interface in it the node makes it, and routes."""
    prefix = f"dhcp_one_{name}_network"
    managed = site.flag("node_bridge_configure") and not site.text("node_network_interface")
    dhcp = site.flag("dhcp") and site.flag(prefix)
    subnet = site.subnet(f"{prefix}_subnet", f"{prefix}_netmask") if managed or dhcp or name == "public" else None
    routers = site.addresses(f"{prefix}_routers")
    if subnet is None and (managed or dhcp):
        raise ConfigError(
            f"{prefix}_subnet is not set", hint="it is needed for DHCP, and where the node makes the bridge"
        )
    if managed and not routers:
        raise ConfigError(
            f"{prefix}_routers is not set", hint="it becomes the node's address on the bridge that it makes"
        )
    return Bridge(
        network=name,
        name=site.interface("node_bridge_name"),
        cidr=str(subnet or ""),
        gateway=routers[0] if managed else "",
        managed=managed,
        nat=False,
        dhcp=dhcp,
        domain=site.domain(f"{prefix}_domain_name"),
        dns=site.addresses(f"{prefix}_domain_name_servers"),
        router=routers[0] if routers else "",
        ntp=site.addresses(f"{prefix}_ntp_servers"),
    )


def _listed(site: SiteKeys, name: str) -> Listed | None:
    addr_key, mac_key = f"one_{name}_network_addr", f"one_{name}_network_mac"
    addresses, macs = site.addresses(addr_key), site.macs(mac_key)
    if macs and len(macs) != len(addresses):
        raise ConfigError(
            f"{mac_key} has {len(macs)} entries, {addr_key} has {len(addresses)}",
            hint=f"write as many MACs as addresses, or none: then they are made from the addresses ({mac_key} =)",
        )
    _check_unique(addr_key, addresses)
    _check_unique(mac_key, macs)
    made = [mac_of(address, site.mac_prefix("mac_prefix")) for address in addresses]
    pairs = zip(addresses, macs or made, strict=True)
    return Listed(tuple(pairs)) if addresses else None


def _check_class(each: AddressClass) -> None:
    """No address of the pool is outside the subnet, or needed for something else."""
    source = {"public": "dhcp_one_public_network_subnet", "local": "nat_network", "private": "one_private_network"}
    try:
        check_bridge(each.bridge)
    except BadInput as error:
        raise ConfigError(f"{source[each.name]}: {error.message}") from error
    if not each.bridge.cidr or isinstance(each.pool, Range):
        return
    subnet = ipaddress.IPv4Network(each.bridge.cidr)
    unfit = {str(subnet.network_address), str(subnet.broadcast_address), each.bridge.gateway, each.bridge.router}
    for address, _ in each.pool.pairs:
        if ipaddress.IPv4Address(address) not in subnet:
            raise ConfigError(f"one_{each.name}_network_addr: {address} is not in {subnet}")
        if address in unfit:
            raise ConfigError(f"one_{each.name}_network_addr: {address} is the network's, the broadcast or the gateway")


def _check_apart(one: AddressClass, other: AddressClass) -> None:
    """Two classes share no address, no MAC, and no subnet or bridge that the node makes itself."""
    if one.bridge.name == other.bridge.name and (one.bridge.managed or other.bridge.managed):
        raise ConfigError(
            f"the {one.name} and the {other.name} network have the same bridge {one.bridge.name}",
            hint="see node_bridge_name, one_local_network_bridge and one_private_network_bridge",
        )
    for each, against in ((one, other), (other, one)):
        key = {"public": "one_public_network_addr", "local": "nat_network", "private": "one_private_network"}[each.name]
        if against.bridge.managed and _touches(each, ipaddress.IPv4Network(against.bridge.cidr)):
            raise ConfigError(f"{key}: the {each.name} network overlaps the {against.name} one, {against.bridge.cidr}")
    if isinstance(one.pool, Listed) and isinstance(other.pool, Listed):
        addresses, macs = zip(*one.pool.pairs, *other.pool.pairs, strict=True)
        _check_unique(f"one_{one.name}_network_addr and one_{other.name}_network_addr", addresses)
        _check_unique(f"one_{one.name}_network_mac and one_{other.name}_network_mac", macs)


def _touches(each: AddressClass, subnet: ipaddress.IPv4Network) -> bool:
    if each.bridge.cidr and ipaddress.IPv4Network(each.bridge.cidr).overlaps(subnet):
        return True
    return isinstance(each.pool, Listed) and any(ipaddress.IPv4Address(a) in subnet for a, _ in each.pool.pairs)


def _check_unique(key: str, values: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ConfigError(f"{key}: {value} is there twice")
        seen.add(value)
