"""Bridges and ports that could not work, or would be unsafe in a rule, are refused."""

import dataclasses

import pytest

from stratus.errors import BadInput
from stratus.model import dnsmasq, firewall
from stratus.model.argv import network as argv
from stratus.model.links import read_links
from stratus.model.network import Bridge, Port, check_bridge

LOCAL = Bridge("local", "stratus0", "172.17.16.0/24", "172.17.16.1", domain="stratus.internal")
PORT = Port("st7n0", "local", "stratus0", "02:00:ac:11:10:07", "172.17.16.7", "web")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a b"},
        {"name": "sixteen-letters-x"},
        {"cidr": "172.17.16.1/24"},
        {"cidr": ""},
        {"gateway": ""},
        {"gateway": "10.0.0.1"},
        {"gateway": "172.17.16.0"},
        {"gateway": "here"},
        {"dns": ("8.8.8.8\nuser=root",)},
        {"domain": "x\nuser=root"},
    ],
)
def test_a_bridge_that_cannot_be_made_is_refused(wrong: dict[str, str]) -> None:
    check_bridge(LOCAL)
    with pytest.raises(BadInput):
        check_bridge(dataclasses.replace(LOCAL, **wrong))  # type: ignore[arg-type]


def test_a_port_is_added_and_deleted_in_one_transaction() -> None:
    (plug,) = argv.plug(PORT)
    assert plug[0] == "nft" and len(plug) == 2
    assert plug[1].count("add element bridge stratus") == len(firewall.elements(PORT)) == 4
    silence, remove, forget = argv.unplug(PORT, "/state")
    assert silence[1].startswith(plug[1]) and silence[1].count("delete element") == 4
    assert forget[-2] == "/state/dnsmasq/stratus0/dnsmasq.pid"
    written = {command[-1] for command in argv.remember(PORT, "/state", dhcp=True)}
    assert written == set(remove[2:]) and len(written) == 3
    assert [command[-1] for command in argv.remember(PORT, "/state", dhcp=False)] == [argv.port_record(PORT, "/state")]


def test_the_plan_of_a_bridge_names_all_that_is_made() -> None:
    programs = [" ".join(command[:3]) for command in argv.ensure(LOCAL, "/state")]
    assert programs == [
        "ip -json -details",
        "ip link add",
        "ip link set",
        "ip address replace",
        "sysctl -q -w",
        "nft -f /state/rules.nft",
        "dnsmasq --conf-file=/state/dnsmasq/stratus0/dnsmasq.conf",
    ]
    site = Bridge("public", "br0", "", "", managed=False, nat=False, dhcp=False)
    assert [command[0] for command in argv.ensure(site, "/state")] == ["ip", "nft"]
    assert argv.remove(site) == ()


def test_the_filter_holds_every_port_and_only_managed_bridges() -> None:
    site = Bridge("public", "br0", "", "", managed=False, nat=False, dhcp=False)
    text = firewall.ruleset([LOCAL, site], [PORT])
    assert text.startswith(firewall.cleared())
    assert all(element in text for _, element in firewall.elements(PORT))
    assert '"br0"' not in text
    assert text.count("masquerade") == 1
    assert "elements" not in firewall.ruleset([site], [])


def test_dnsmasq_answers_only_whom_it_knows_and_tells_of_the_way_out() -> None:
    lines = dnsmasq.configuration(LOCAL, "/state/dnsmasq/stratus0").splitlines()
    assert "dhcp-ignore=tag:!known" in lines
    assert "dhcp-option=option:router,172.17.16.1" in lines
    assert "dhcp-option=option:dns-server,172.17.16.1" in lines
    private = dataclasses.replace(LOCAL, network="private", nat=False, dns=("10.0.0.53",))
    lines = dnsmasq.configuration(private, "/state/dnsmasq/stratus0").splitlines()
    assert "dhcp-option=option:router" in lines
    assert "server=10.0.0.53" in lines


def test_a_name_like_a_duration_is_kept_from_dnsmasqs_leases() -> None:
    site = Bridge("public", "br0", "172.17.16.0/24", "", managed=False, nat=False, dhcp=True)
    assert dnsmasq.lease_line(PORT, site) == "02:00:ac:11:10:07,172.17.16.7,web\n"
    assert dnsmasq.lease_line(dataclasses.replace(PORT, hostname="45m"), site) == "02:00:ac:11:10:07,172.17.16.7\n"
    assert dnsmasq.name_line(PORT, "a.b") == "172.17.16.7 web.a.b web\n"
    assert dnsmasq.name_line(dataclasses.replace(PORT, hostname=""), "a.b") == ""


def test_what_is_no_listing_of_interfaces_is_refused() -> None:
    with pytest.raises(BadInput):
        read_links("1: lo: <LOOPBACK>")
    assert read_links("[{}]") == ()
