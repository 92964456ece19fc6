"""Other firewalls are found in what nft really prints (tests/model/firewalls)."""

from pathlib import Path

import pytest

from stratus.errors import BadInput
from stratus.model.other_firewalls import blockers

LISTINGS = Path(__file__).parent / "firewalls"


def listing(name: str) -> str:
    return (LISTINGS / f"{name}.json").read_text()


def test_docker_drops_what_it_does_not_know() -> None:
    (found,) = blockers(listing("docker"), ["stratus0"])
    assert (found.family, found.table, found.chain, found.hook) == ("ip", "filter", "FORWARD", "forward")
    assert found.remedy == (
        "iptables -I DOCKER-USER -i stratus0 -j ACCEPT",
        "iptables -I DOCKER-USER -o stratus0 -j ACCEPT",
    )


def test_a_bridge_that_is_let_through_is_not_blocked() -> None:
    assert blockers(listing("docker-allowed"), ["stratus0"]) == ()
    assert [found.bridge for found in blockers(listing("docker-allowed"), ["stratus0", "stratus1"])] == ["stratus1"]


def test_ufw_keeps_guests_from_dhcp_as_well() -> None:
    found = {each.hook: each.remedy for each in blockers(listing("ufw"), ["stratus0"])}
    assert found == {
        "input": ("ufw allow in on stratus0",),
        "forward": ("ufw route allow in on stratus0", "ufw route allow out on stratus0"),
    }


def test_firewalld_refuses_at_the_end_of_its_chains() -> None:
    found = blockers(listing("firewalld"), ["stratus0"])
    assert {each.hook for each in found} == {"input", "forward"}
    assert "--add-interface=stratus0" in found[0].remedy[0]


def test_an_open_firewall_and_our_own_tables_block_nothing() -> None:
    assert blockers(listing("plain"), ["stratus0"]) == ()
    assert blockers('{"nftables": []}', ["stratus0"]) == ()


def test_what_is_no_listing_is_refused() -> None:
    with pytest.raises(BadInput):
        blockers("table ip filter", ["stratus0"])
