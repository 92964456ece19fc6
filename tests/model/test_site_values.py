"""How StratusLab's configuration writes addresses, masks, MACs, interfaces and folders."""

import pytest

from stratus.model.site_values import KINDS


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("address", " 10.0.0.1 ", "10.0.0.1"),
        ("address", "", ""),
        ("address", "172.17.16.x", ""),
        ("addresses", "192.0.2.1, 192.0.2.2\n192.0.2.3", ("192.0.2.1", "192.0.2.2", "192.0.2.3")),
        ("addresses", "134.158.xx.yy x.x.x.x", ()),
        ("netmask", "255.255.255.0", "255.255.255.0"),
        ("netmask", "24", "24"),
        ("netmask", "", ""),
        ("macs", "02:00:AC:10:00:02 52:54:00:01:02:03", ("02:00:ac:10:00:02", "52:54:00:01:02:03")),
        ("mac_prefix", "0A:0B", "0a:0b"),
        ("interface", "br-public_0", "br-public_0"),
        ("folder", "/srv/stratus cloud", "/srv/stratus cloud"),
    ],
)
def test_a_value_is_read_as_users_write_it(kind: str, text: str, value: object) -> None:
    assert KINDS[kind](text) == value


@pytest.mark.parametrize(
    ("kind", "text", "wrong"),
    [
        ("address", "abc", "is not an IPv4 address"),
        ("address", "10.0.0.0/24", "is not an IPv4 address"),
        ("address", "10.0.0.1 10.0.0.2", "is not an IPv4 address"),
        ("address", "fe80::1", "is not an IPv4 address"),
        ("addresses", "192.0.2.1 gw.example.org", "has 'gw.example.org' in it, which is not an IPv4 address"),
        ("netmask", "255.0.255.0", "is not a network mask"),
        ("netmask", "33", "is not a network mask"),
        ("macs", "02:00:ac:10:00:02 5254.0001.0203", "has '5254.0001.0203' in it, which is not a card's MAC"),
        ("macs", "01:00:5e:00:00:01", "which is not a card's MAC"),
        ("mac_prefix", "02", "is not how a card's MAC begins"),
        ("mac_prefix", "03:00", "is not how a card's MAC begins"),
        ("interface", "", "is not 1 to 15 letters"),
        ("interface", "a-name-that-is-too-long", "is not 1 to 15 letters"),
        ("interface", "br0; reboot", "is not 1 to 15 letters"),
        ("folder", "", "is not the absolute path of a folder"),
        ("folder", "/", "is not the absolute path of a folder"),
        ("folder", "state", "is not the absolute path of a folder"),
        ("folder", "/srv/../etc", "is not the absolute path of a folder"),
        ("folder", "/" + "x" * 300, "is too long for a folder"),
    ],
)
def test_what_is_wrong_with_a_value_goes_on_after_it(kind: str, text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong.replace(".", r"\.")):
        KINDS[kind](text)
