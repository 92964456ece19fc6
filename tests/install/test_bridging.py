"""Moving an interface into a bridge: what is read, what is edited, and the watchdog that takes it back."""

import json
import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from stratus.errors import DeadlineExceeded
from stratus.install.bridging import ifupdown_edit, moving, moving_back, networkd_files, stanza_file
from stratus.install.cards import Address, Card, Route, cards_of, name_lines
from stratus.install.deeds import Guarded
from stratus.install.gather import in_force
from stratus.install.guarded import carry_out_guarded
from stratus.install.revert import Marks, watch
from tests.live.patience import until

INTERFACES = (
    "auto lo\niface lo inet loopback\n\n# the wire\n{start} eth0\niface eth0 inet dhcp\niface eth0 inet6 auto\n"
)
ETH0 = Card("eth0", "52:54:00:12:34:56")
LEASED = Address("192.0.2.2/24", lifetime=("valid_lft", "90", "preferred_lft", "80"))


def listing(**more: object) -> str:
    return json.dumps([{}, {"ifname": "eth0", "address": "52:54:00:12:34:56", "mtu": 1400, **more}])


def test_everything_that_must_move_is_read() -> None:
    infos = [
        {"family": "inet", "local": "192.0.2.2", "prefixlen": 24, "broadcast": "192.0.2.255", "label": "eth0:web"},
        {"family": "inet6", "local": "2001:db8::2", "prefixlen": 64, "scope": "global", "nodad": True},
        {"family": "inet6", "local": "2001:db8::9", "prefixlen": 64, "scope": "global", "dynamic": True},
        {"family": "inet6", "local": "fe80::2", "prefixlen": 64, "scope": "link"},
    ]
    routes = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0", "flags": ["onlink"], "metric": 5, "table": "9"},
        {"dst": "192.0.2.0/24", "dev": "eth0", "protocol": "kernel", "scope": "link"},
        {"dst": "10.0.0.0/8", "gateway": "192.0.2.1", "dev": "eth1"},
    ]
    announced = [{"dst": "default", "gateway": "fe80::1", "dev": "eth0", "protocol": "ra"}]
    (card,) = cards_of(listing(addr_info=infos), json.dumps(routes), json.dumps(announced))
    assert card.addresses == (
        Address("192.0.2.2/24", ("broadcast", "192.0.2.255"), "eth0:web"),
        Address("2001:db8::2/64", ("scope", "global", "nodad"), version=6),
    )
    words = ("default", "via", "192.0.2.1", "metric", "5", "table", "9", "onlink")
    assert card.routes == (Route(words, "192.0.2.1", default=True),)
    assert (card.mac, card.mtu, card.gateway, card.leased) == ("52:54:00:12:34:56", 1400, "192.0.2.1", False)


def test_a_leased_address_stays_on_the_bridge_and_gets_its_time_back_when_it_returns() -> None:
    info = {"family": "inet", "local": "192.0.2.2", "prefixlen": 24, "valid_life_time": 90, "preferred_life_time": 80}
    (card,) = cards_of(listing(addr_info=[info]), "", "")
    assert card.leased
    (address,) = card.addresses
    assert address.on("br0") == ("ip", "-4", "address", "replace", "192.0.2.2/24", "dev", "br0")
    assert address.back("eth0")[-4:] == ("valid_lft", "90", "preferred_lft", "80")


def test_the_label_of_an_address_follows_its_interface() -> None:
    address = Address("192.0.2.2/24", label="eth0:web")
    assert address.on("br0")[-4:] == ("label", "br0:web", "dev", "br0")
    assert address.back("eth0")[-4:] == ("label", "eth0:web", "dev", "eth0")


def test_what_is_reached_directly_is_routed_before_what_is_behind_a_gateway() -> None:
    behind = Route(("default", "via", "10.0.0.1"), "10.0.0.1", default=True)
    near = Route(("10.0.0.1", "scope", "link"))
    card = Card("eth0", "52:54:00:12:34:56", routes=(behind, near))
    for commands in (moving(card, "br0"), moving_back(card, "br0")):
        assert [argv[4] for argv in commands if "route" in argv] == ["10.0.0.1", "default"]


def test_networkd_sets_the_routes_at_the_next_boot_that_somebody_has_set_before() -> None:
    hosters = Route(("default", "via", "10.0.0.1", "protocol", "static", "onlink"), "10.0.0.1", default=True)
    office = Route(("10.8.0.0/16", "via", "192.0.2.9", "metric", "5", "table", "9"), "192.0.2.9")
    leased = Route(("10.9.0.0/16", "via", "192.0.2.8", "protocol", "dhcp"), "192.0.2.8")
    fixed = Card("eth0", "52:54:00:12:34:56", addresses=(Address("192.0.2.2/32"),), routes=(hosters, office))
    _, network, _ = networkd_files(fixed, "br0", "/etc/systemd/network")
    assert network.text.endswith(
        "[Network]\nAddress=192.0.2.2/32\n\n[Route]\nGateway=10.0.0.1\nGatewayOnLink=yes\n"
        "\n[Route]\nDestination=10.8.0.0/16\nGateway=192.0.2.9\nMetric=5\nTable=9\n"
    )
    address = Address("192.0.2.2/24", lifetime=("valid_lft", "90", "preferred_lft", "80"))
    _, network, _ = networkd_files(replace(fixed, addresses=(address,), routes=(hosters, office, leased)), "br0", "/x")
    assert network.text.count("[Route]") == 1 and "DHCP=yes\n\n[Route]\nDestination=10.8.0.0/16\n" in network.text


def test_the_name_servers_of_networkds_file_move_along() -> None:
    file = (
        "[Match]\nName=eth0\n\n[Network]\nAddress=192.0.2.2/24\n DNS = 192.0.2.53 2001:db8::53\nDNS=192.0.2.54\n"
        "Domains=example.org ~lab\n# DNS=9.9.9.9\n[DHCPv4]\nUseDNS=no\nDNS=1.1.1.1\n"
    )
    beside = "[Network]\nNTP=ntp.example.org\n"
    assert name_lines(file, beside) == (
        *("DNS=192.0.2.53 2001:db8::53", "DNS=192.0.2.54", "Domains=example.org ~lab"),
        "NTP=ntp.example.org",
    )
    for addresses, first in (((Address("192.0.2.2/24"),), "Address=192.0.2.2/24"), ((LEASED,), "DHCP=yes")):
        card = replace(ETH0, addresses=addresses, names=name_lines(file))
        _, network, port = networkd_files(card, "br0", "/x")
        assert network.text.partition("[Network]\n")[2].splitlines()[:4] == [first, *card.names]
        assert "DNS" not in port.text


def test_what_networkd_has_in_force_is_read_with_what_lies_beside_it(tmp_path: Path) -> None:
    number = Path("/sys/class/net/lo/ifindex").read_text().strip()
    file = tmp_path / "10-lo.network"
    file.write_text("[Network]\nDNS=192.0.2.53\n")
    (tmp_path / number).write_text(f"ADMIN_STATE=configured\nNETWORK_FILE={file}\n")
    assert in_force("lo", str(tmp_path)) == ("DNS=192.0.2.53",)
    assert in_force("lo", str(tmp_path / "none")) == () == in_force("not-there", str(tmp_path))


def test_ifupdowns_stanza_becomes_the_bridges_and_its_own_again_to_the_byte(tmp_path: Path) -> None:
    for start in ("auto", "allow-hotplug"):
        path, before = tmp_path / start, INTERFACES.format(start=start)
        path.write_text(before)
        assert stanza_file("eth0", {str(path): before, "/other": "iface eth01 inet dhcp\n"}) == str(path)
        edit = ifupdown_edit(ETH0, "br0", str(path), before)
        subprocess.run(edit.argv, check=True, timeout=10)
        after = path.read_text()
        assert "auto br0\n" in after
        assert "iface br0 inet dhcp\n    pre-up ip link add name br0 address 52:54:00:12:34:56 " in after
        assert after.count("pre-up ip link set dev eth0 master br0 up") == 2
        assert "# the wire" in after
        assert not stanza_file("eth0", {str(path): after})
        subprocess.run(edit.undo, check=True, timeout=10)
        assert path.read_text() == before


def test_an_interface_that_is_started_in_a_list_or_elsewhere_gives_a_bridge_that_starts_at_boot(tmp_path: Path) -> None:
    path = tmp_path / "interfaces"
    for start, then in (
        ("auto lo eth0", "auto lo br0"),
        ("auto eth0 eth0.5", "auto br0 eth0.5"),
        ("allow-hotplug eth1 eth0", "allow-hotplug eth1 eth0\nauto br0"),
        ("# auto eth0, in another file", "# auto eth0, in another file\nauto br0"),
    ):
        before = f"{start}\niface eth0 inet dhcp\niface eth0 inet6 auto\niface eth0.5 inet manual\n"
        path.write_text(before)
        edit = ifupdown_edit(ETH0, "br0", str(path), before)
        subprocess.run(edit.argv, check=True, timeout=10)
        assert path.read_text().startswith(f"{then}\niface br0 inet dhcp\n")
        assert "iface eth0.5 inet manual\n" in path.read_text()
        subprocess.run(edit.undo, check=True, timeout=10)
        assert path.read_text() == before


def record(folder: Path, seconds: float) -> Path:
    path = folder / "bridge.json"
    undo = [["no-such-program"], ["false"], ["touch", str(folder / "undone")]]
    path.write_text(json.dumps({"seconds": seconds, "undo": undo}))
    return path


def test_the_watchdog_takes_back_what_nobody_confirms_whatever_fails_of_it(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "run")
    assert watch(record(tmp_path, seconds=0.0), marks)
    assert (tmp_path / "undone").exists()
    assert marks.reverted.exists() and not marks.waiting.exists()


def test_a_change_that_was_found_bad_is_taken_back_at_once_and_a_good_one_stays(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "run")
    for mark, undone in ((marks.confirmed, False), (marks.refused, True)):
        watching = threading.Thread(target=watch, args=(record(tmp_path, seconds=60.0), marks))
        watching.start()
        until(marks.waiting.exists, deadline_s=30, what="the watchdog", every_s=0.01)
        mark.touch()
        watching.join(timeout=30)
        assert not marks.waiting.exists()
        assert (tmp_path / "undone").exists() == marks.reverted.exists() == undone


@pytest.mark.skipif(os.geteuid() != 0, reason="what an installer writes belongs to root")
@pytest.mark.slow
def test_a_watchdog_that_dies_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    watchdog = ("sh", "-c", f"touch {marks.waiting}", "watchdog")  # and no more of it
    leased = replace(ETH0, addresses=(Address("192.0.2.2/24"),))
    deed = Guarded("eth0 in br0", str(tmp_path / "record"), leased, (), (), (), "br0", (), -9.0, watchdog)
    with pytest.raises(DeadlineExceeded) as error:
        carry_out_guarded(deed, marks)
    assert error.value.hint.endswith("watchdog --now")
