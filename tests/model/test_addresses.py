"""The address classes come from StratusLab's keys, and a mistake is named by its key."""

import ipaddress
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.errors import BadInput, ConfigError
from stratus.model.addresses import (
    AddressClass,
    Listed,
    Pool,
    Range,
    address_classes,
    address_of,
    default_class,
    describe,
    lease_for,
    mac_of,
    next_free,
    size,
)

PUBLIC = {
    "one_public_network_addr": "192.168.1.1 192.168.1.2\n192.168.1.3",
    "one_public_network_mac": "00:16:3E:d9:78:ba 00:16:3e:d9:78:bb 00:16:3e:d9:78:bc",
}
ADDRESSES = st.integers(0, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number)))


def class_named(name: str, keys: dict[str, str]) -> AddressClass:
    return {each.name: each for each in address_classes(keys)}[name]


def test_by_default_there_is_a_local_network_with_nat_and_a_private_one() -> None:
    local, private = address_classes({})

    assert local.bridge.name == "stratus0"
    assert (local.bridge.cidr, local.bridge.gateway) == ("172.17.16.0/24", "172.17.16.1")
    assert local.bridge.managed and local.bridge.nat and local.bridge.dhcp
    assert next_free(local.pool, ()) == ("172.17.16.2", "02:00:ac:11:10:02")
    assert size(local.pool) == 253
    assert private.bridge.name == "stratus1"
    assert private.bridge.managed and private.bridge.dhcp and not private.bridge.nat
    assert private.bridge.cidr == "172.16.0.0/16"
    assert next_free(private.pool, ()) == ("172.16.0.2", "02:00:ac:10:00:02")
    assert default_class((local, private)) is local


def test_public_addresses_are_those_of_the_list_on_the_sites_bridge() -> None:
    public = class_named("public", PUBLIC)

    assert public.pool == Listed(
        (
            ("192.168.1.1", "00:16:3e:d9:78:ba"),
            ("192.168.1.2", "00:16:3e:d9:78:bb"),
            ("192.168.1.3", "00:16:3e:d9:78:bc"),
        )
    )
    assert public.bridge.name == "br0"
    assert not public.bridge.managed and not public.bridge.dhcp and not public.bridge.nat
    assert default_class(address_classes(PUBLIC)) == public


def test_macs_that_are_not_listed_are_made_from_the_addresses() -> None:
    public = class_named("public", {"one_public_network_addr": "10.1.2.3"})
    assert public.pool == Listed((("10.1.2.3", "02:00:0a:01:02:03"),))


def test_dhcp_for_public_addresses_takes_both_switches() -> None:
    keys = {
        **PUBLIC,
        "dhcp_one_public_network_subnet": "192.168.1.0",
        "dhcp_one_public_network_routers": "192.168.1.254, x.x.x.x",
        "dhcp_one_public_network_domain_name_servers": "192.168.1.53, z.z.z.z",
        "dhcp_one_public_network": "True",
    }
    assert not class_named("public", keys).bridge.dhcp
    bridge = class_named("public", {**keys, "dhcp": "true"}).bridge
    assert (bridge.dhcp, bridge.cidr, bridge.router) == (True, "192.168.1.0/24", "192.168.1.254")
    assert (bridge.dns, bridge.gateway) == (("192.168.1.53",), "")


def test_a_bridge_over_an_interface_is_made_by_the_installer_and_not_by_the_node() -> None:
    bridge = class_named("public", {**PUBLIC, "node_bridge_configure": "True"}).bridge
    assert not bridge.managed and not bridge.routed


def test_the_node_makes_a_public_bridge_without_an_interface_and_routes_for_it() -> None:
    keys = {
        **PUBLIC,
        "node_bridge_configure": "True",
        "node_network_interface": "",
        "dhcp_one_public_network_subnet": "192.168.1.0",
        "dhcp_one_public_network_routers": "192.168.1.254",
    }
    bridge = class_named("public", keys).bridge
    assert bridge.managed and bridge.routed
    assert bridge.gateway == "192.168.1.254"


def test_without_nat_local_addresses_are_on_the_sites_bridge() -> None:
    keys = {"nat": "False", "one_local_network_addr": "10.5.0.7"}
    local = class_named("local", keys)
    assert (local.bridge.name, local.bridge.managed, local.bridge.nat) == ("br0", False, False)
    assert [each.name for each in address_classes({"nat": "False"})] == ["private"]


def test_local_addresses_may_be_listed_also_with_nat() -> None:
    local = class_named("local", {"one_local_network_addr": "172.17.16.7, 172.17.16.9"})
    assert local.bridge.nat
    assert size(local.pool) == 2


def test_the_gateway_may_be_anywhere_and_is_never_given_out() -> None:
    local = class_named("local", {"nat_gateway": "172.17.16.3", "nat_netmask": "255.255.255.248"})
    given_out = [address for address, _ in drain(local.pool)]
    assert given_out == ["172.17.16.2", "172.17.16.4", "172.17.16.5", "172.17.16.6"]
    assert size(local.pool) == 4


@pytest.mark.parametrize("value", ["x.x.x.x", "172.17.16.x", "", "  "])
def test_a_placeholder_counts_as_unset(value: str) -> None:
    assert class_named("local", {"nat_gateway": value}).bridge.gateway == "172.17.16.1"


def test_the_private_network_has_as_many_addresses_as_it_is_told() -> None:
    keys = {"one_private_network": "10.9.0.0", "one_private_network_addr": "10.9.0.100"}
    pool = class_named("private", {**keys, "one_private_network_size": "254"}).pool
    assert pool == Range("10.9.0.100", "10.9.0.254")
    assert [each.name for each in address_classes({"one_private_network": ""})] == ["local"]


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ({**PUBLIC, "one_public_network_mac": "00:16:3e:d9:78:ba"}, "one_public_network_mac"),
        ({**PUBLIC, "one_public_network_mac": "a b c"}, "one_public_network_mac"),
        ({"one_public_network_addr": "1.2.3.4 1.2.3.4"}, "one_public_network_addr"),
        ({"one_public_network_addr": "1.2.3.400"}, "one_public_network_addr"),
        ({"one_public_network_addr": "172.17.16.9"}, "one_public_network_addr"),
        ({**PUBLIC, "dhcp_one_public_network_subnet": "192.168.2.0"}, "one_public_network_addr"),
        ({**PUBLIC, "dhcp": "True", "dhcp_one_public_network": "True"}, "dhcp_one_public_network_subnet"),
        (
            {**PUBLIC, "node_bridge_configure": "True", "node_network_interface": ""},
            "dhcp_one_public_network_subnet",
        ),
        ({"one_local_network_addr": "172.17.16.1"}, "one_local_network_addr"),
        ({"one_local_network_addr": "172.17.16.255"}, "one_local_network_addr"),
        ({"one_local_network_addr": "172.17.17.7"}, "one_local_network_addr"),
        ({"nat": "perhaps"}, "nat"),
        ({"nat_network": "172.17.16.1"}, "nat_network"),
        ({"nat_network": "172.16.3.0"}, "nat_network"),
        ({"nat_gateway": "10.0.0.1"}, "nat_network"),
        ({"nat_gateway": "172.17.16.255"}, "nat_network"),
        ({"nat_netmask": "255.255.255.255"}, "nat_network"),
        ({"one_private_network": "172.16.0.1"}, "one_private_network"),
        ({"one_private_network_size": "many"}, "one_private_network_size"),
        ({"one_private_network_addr": "10.0.0.1"}, "one_private_network_addr"),
        ({"one_local_network_bridge": "a-name-that-is-too-long"}, "one_local_network_bridge"),
        ({"one_private_network_bridge": "stratus0"}, "one_private_network_bridge"),
        ({"nat": "0", "one_local_network_addr": "192.168.1.3", **PUBLIC}, "one_public_network_addr"),
    ],
)
def test_a_mistake_is_named_by_its_key(keys: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        address_classes(keys)
    assert named in caught.value.message + caught.value.hint


def test_a_site_without_addresses_is_told_so() -> None:
    with pytest.raises(ConfigError, match="neither") as caught:
        default_class(address_classes({"nat": "False"}))
    assert "nat" in caught.value.hint


def drain(pool: Pool, start: str = "") -> list[tuple[str, str]]:
    taken: set[str] = set()
    given_out = []
    while (found := next_free(pool, taken, start=start)) is not None:
        given_out.append(found)
        taken.add(found[0])
        start = found[0]
    return given_out


@given(ADDRESSES)
def test_a_mac_carries_its_address(address: str) -> None:
    assert address_of(mac_of(address)) == address
    assert mac_of(address).startswith("02:00:")


@given(st.integers(0, 2**32 - 300), st.integers(0, 200), st.sets(st.integers(0, 200)), st.integers(-5, 210))
def test_no_address_is_given_out_twice_and_none_is_left_over(first: int, count: int, held: set[int], hint: int) -> None:
    def name(number: int) -> str:
        return str(ipaddress.IPv4Address(number % 2**32))

    pool = Range(name(first), name(first + count), tuple(name(first + number) for number in held))
    given_out = drain(pool, start=name(first + hint))

    assert len({address for address, _ in given_out}) == len(given_out) == len({mac for _, mac in given_out})
    assert {address for address, _ in given_out} == {
        name(first + number) for number in range(count + 1) if number not in held
    }
    assert size(pool) == len(given_out)


@given(st.lists(ADDRESSES, unique=True, max_size=30), st.sets(ADDRESSES), st.data())
def test_a_list_gives_out_what_is_not_taken(addresses: list[str], more: set[str], data: st.DataObject) -> None:
    pool = Listed(tuple((address, mac_of(address)) for address in addresses))
    taken = data.draw(st.sets(st.sampled_from(addresses))) if addresses else set()
    found = next_free(pool, taken | more, start=data.draw(ADDRESSES))
    free = set(addresses) - taken - more
    assert (found is None) == (not free)
    assert found is None or (found[0] in free and lease_for(pool, found[0]) == found)


def test_the_search_begins_behind_the_address_given_out_last() -> None:
    pool = Range("10.0.0.2", "10.0.0.5")
    assert next_free(pool, (), start="10.0.0.3") == ("10.0.0.4", mac_of("10.0.0.4"))
    assert next_free(pool, {"10.0.0.4", "10.0.0.5"}, start="10.0.0.3") == ("10.0.0.2", mac_of("10.0.0.2"))


def test_a_full_network_of_65536_is_searched_in_a_moment() -> None:
    private = class_named("private", {})
    taken = {f"172.16.{high}.{low}" for high in range(256) for low in range(256)} - {"172.16.255.254"}
    began = time.perf_counter()
    assert next_free(private.pool, taken) == ("172.16.255.254", "02:00:ac:10:ff:fe")
    assert time.perf_counter() - began < 2


def test_an_address_that_was_asked_for_has_to_be_in_the_pool() -> None:
    local = class_named("local", {})
    assert lease_for(local.pool, "172.17.16.77") == ("172.17.16.77", "02:00:ac:11:10:4d")
    for wrong in ("172.17.16.1", "172.17.17.2", "somewhere"):
        with pytest.raises(BadInput):
            lease_for(local.pool, wrong)
    assert describe(local.pool) == "172.17.16.2 to 172.17.16.254"


@pytest.mark.parametrize("mac", ["", "02:00:0a:00:00", "zz:00:0a:00:00:01"])
def test_what_is_no_mac_carries_no_address(mac: str) -> None:
    with pytest.raises(BadInput):
        address_of(mac)
