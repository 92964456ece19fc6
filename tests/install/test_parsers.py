"""What programs print becomes facts."""

import json

import pytest

from stratus.errors import CommandFailed
from stratus.install import parsers


def test_os_release_is_unquoted() -> None:
    text = 'NAME="Ubuntu"\n# comment\nID=ubuntu\nID_LIKE=debian\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\n'
    assert parsers.os_release(text) == {
        "NAME": "Ubuntu",
        "ID": "ubuntu",
        "ID_LIKE": "debian",
        "PRETTY_NAME": "Ubuntu 24.04.1 LTS",
    }


def test_only_packages_that_are_installed_count() -> None:
    assert parsers.installed_packages("zstd installed\ncpio config-files\nkmod installed\n") == ("kmod", "zstd")
    assert parsers.installed_packages("qemu-img\niproute\n") == ("iproute", "qemu-img")


def test_networks_come_from_routes_and_addresses_but_not_from_our_own_bridges() -> None:
    routes = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"dst": "172.17.0.0/16", "dev": "docker0"},
        {"dst": "10.8.0.1", "dev": "tun0"},
        {"dst": "172.17.16.0/24", "dev": "stratus0"},
        {"type": "broadcast", "dst": "192.0.2.255", "dev": "eth0", "table": "local"},
    ]
    addresses = [
        {"ifname": "eth0", "addr_info": [{"local": "192.0.2.2", "prefixlen": 24}]},
        {},
        {"ifname": "stratus0", "addr_info": [{"local": "172.17.16.1", "prefixlen": 24}]},
    ]
    found = parsers.networks(json.dumps(routes), json.dumps(addresses), but=("stratus0",))
    assert found == ("10.8.0.1/32", "172.17.0.0/16", "192.0.2.0/24")
    assert parsers.networks("", "", but=()) == ()
    with pytest.raises(CommandFailed, match="ip route"):
        parsers.networks("Error: argument", "", but=())


def test_only_listening_ports_count() -> None:
    text = (
        "  sl  local_address rem_address   st\n"
        "   0: 0100007F:1B6E 00000000:0000 0A 00000000:00000000\n"
        "   1: 0100007F:1B6F 0100007F:A0A0 01 00000000:00000000\n"
        "   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0\n"
    )
    assert parsers.listening_ports(text) == (22, 7022)


def test_a_process_name_with_blanks_and_parentheses_does_not_confuse() -> None:
    fields = " ".join(["S", *map(str, range(1, 19)), "4711", "0"])
    assert parsers.start_ticks(f"12 (a) b) {fields}") == 4711


def test_a_simulated_purge_names_what_would_go() -> None:
    text = "Reading package lists...\nPurg mtools [4.0]\nRemv other [1]\nNOTE: x\n"
    assert parsers.removed_packages(text) == ("mtools", "other")


def test_a_simulated_installation_names_what_would_come_but_not_what_would_be_upgraded() -> None:
    text = "Inst mtools (4.0 Debian:12 [amd64])\nInst libc6 [2.36-9] (2.37 Debian:12 [amd64])\nConf mtools (4.0)\nInst zlib:i386 (1.2 x)\n"
    assert parsers.coming_packages(text) == ("mtools", "zlib")
