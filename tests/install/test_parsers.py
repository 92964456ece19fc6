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


def test_the_network_that_libvirt_will_make_is_in_its_definition() -> None:
    assert parsers.libvirt_network("<ip address='192.168.122.1' netmask='255.255.255.0'>") == "192.168.122.0/24"
    assert parsers.libvirt_network('<ip address="10.1.2.1" prefix="16"/>') == "10.1.0.0/16"
    assert parsers.libvirt_network("<network><bridge name='br0'/></network>") == ""


def test_docker_has_a_network_also_before_it_is_started() -> None:
    assert parsers.docker_network("") == "172.17.0.0/16"
    assert parsers.docker_network('{"bip": "10.9.0.1/24"}') == "10.9.0.0/24"
    assert parsers.docker_network("{broken") == parsers.docker_network("[]") == "172.17.0.0/16"


def test_a_path_is_on_the_mount_nearest_above_it() -> None:
    mounts = "\n".join(
        (
            "/dev/vda / ext4 rw,relatime 0 0",
            "tmpfs /tmp tmpfs rw,noexec 0 0",
            "server:/x /var/lib/stratus nfs4 rw 0 0",
            "tmpfs /tmp tmpfs rw 0 0",
            "/dev/vdb /with\\040blank xfs ro 0 0",
        )
    )
    assert parsers.mount_of(mounts, "/var/lib/stratus/images") == ("/var/lib/stratus", "nfs4", ("rw",))
    assert parsers.mount_of(mounts, "/var/lib/stratus2") == ("/", "ext4", ("rw", "relatime"))
    assert parsers.mount_of(mounts, "/tmp") == ("/tmp", "tmpfs", ("rw",))
    assert parsers.mount_of(mounts, "/with blank") == ("/with blank", "xfs", ("ro",))


def test_routes_are_told_apart_from_the_default_one_and_from_the_kernels_own() -> None:
    rows = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"},
        {"dst": "172.16.0.0/12", "dev": "tun0"},
        {"type": "local", "dst": "192.0.2.2", "dev": "eth0", "table": "local"},
    ]
    assert parsers.routes(json.dumps(rows)) == (("172.16.0.0/12", "tun0"),)
