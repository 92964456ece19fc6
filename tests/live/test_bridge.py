"""The bridge of the public network over a real interface: the change holds, and is taken back when it cuts us off."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import make_key
from tests.live.island import Island, island
from tests.live.lab import Lab
from tests.live.patience import until

pytestmark = pytest.mark.live
ASKED = "-c node_bridge_configure=True -c node_network_interface=eth0 -c node_link=local"
PUBLIC = (
    "-c one_public_network_addr=192.0.2.50 -c dhcp=True -c dhcp_one_public_network=True "
    "-c dhcp_one_public_network_subnet=192.0.2.0 -c dhcp_one_public_network_routers=192.0.2.1"
)
# What a firewall of the site could do: the interface may speak, a bridge over it may not.
CUT_OFF = "add table bridge site { chain nothing { type filter hook prerouting priority 0; policy drop; }; }"


ASK = """
import sys, time
from stratus.install.echo import answers_echo
found = 0
for _ in range(int(sys.argv[2])):
    found += answers_echo(sys.argv[1], "eth0", timeout_s=0.5)
    time.sleep(0.1)
print(found)
"""


@dataclass(frozen=True)
class Site:
    """A machine with one interface, and its router on the other end of the wire."""

    machine: Island
    router: tuple[str, ...]

    def view(self) -> dict[str, Any]:
        """Addresses, routes and links of the machine, as it sees them, once IPv6 has come to rest."""
        until(lambda: "tentative" not in self.machine.run("ip", "address"), deadline_s=10, what="IPv6 to be at rest")
        listings = {
            "links": ("ip", "-j", "link", "show"),
            "addresses": ("ip", "-j", "address", "show"),
            "routes": ("ip", "-j", "route", "show", "table", "all"),
        }
        return {name: json.loads(self.machine.run(*argv)) for name, argv in listings.items()}

    def ask(self, count: int, address: str = "192.0.2.2") -> "subprocess.Popen[str]":
        """Have the router ask the machine so often whether it is there, ten times a second; it prints the answers."""
        argv = (sys.executable, "-P", "-c", ASK, address, str(count))
        return subprocess.Popen((*self.router, *argv), stdout=subprocess.PIPE, text=True)

    def interfaces(self) -> set[str]:
        """What the machine has."""
        return {link["ifname"] for link in json.loads(self.machine.run("ip", "-j", "link", "show"))}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two addresses and three routes, one of them in a table of its own."""
    router = subprocess.Popen(["unshare", "--net", "sleep", "300"])
    try:
        with island(tmp_path) as machine:
            wire(machine.prefix[2], str(router.pid))
            enter = ("nsenter", "--target", str(router.pid), "--net", "--")
            for words in ("link set eth0 up", "address add 192.0.2.1/24 dev eth0"):
                subprocess.run((*enter, "ip", *words.split()), check=True, timeout=10)
            for words in (
                "link set eth0 up",
                "address add 192.0.2.2/24 broadcast 192.0.2.255 dev eth0 label eth0",
                "address add 198.51.100.7/32 dev eth0 label eth0:web",
                "-6 address add 2001:db8::2/64 dev eth0 nodad",
                "route add default via 192.0.2.1",
                "route add 203.0.113.0/24 via 192.0.2.1 metric 50",
                "route add 198.18.0.0/15 via 192.0.2.1 table 100",
            ):
                machine.run("ip", *words.split())
            yield Site(machine, enter)
    finally:
        router.kill()
        router.wait(timeout=10)


def wire(machine: str, router: str) -> None:
    """A cable between two networks."""
    name = f"lt{router}"
    argv = ["ip", "link", "add", name, "mtu", "1400", "type", "veth", "peer", "name", f"{name}p"]
    subprocess.run(argv, check=True, timeout=10)
    for end, pid in ((name, machine), (f"{name}p", router)):
        subprocess.run(["ip", "link", "set", end, "netns", pid, "name", "eth0"], check=True, timeout=10)


def test_the_interface_moves_into_the_bridge_and_back_while_traffic_goes_on(site: Site, lab: Lab) -> None:
    before = site.view()
    asking = site.ask(20)
    done = site.machine.stratus(f"{ASKED} {PUBLIC} install --yes -o json")
    after = site.view()
    (step,) = (each for each in done.json if each["step"] == "bridge")
    assert step["changed"]
    assert "stratus.install.revert" in step["deeds"][0]
    assert addresses(after, "br0") == [
        {**address, "label": address["label"].replace("eth0", "br0")} if "label" in address else address
        for address in addresses(before, "eth0")
    ]
    assert [address["scope"] for address in addresses(after, "eth0") if address["scope"] != "link"] == []
    assert routes(after, "br0") == routes(before, "eth0")
    assert mac(after, "br0") == mac(before, "eth0")
    assert int(asking.communicate(timeout=30)[0]) >= 18
    again = site.machine.stratus("install --yes")
    assert "nothing was changed" in again.stdout
    start_public_instance(site, lab)
    assert int(site.ask(1, "192.0.2.50").communicate(timeout=30)[0]) == 1
    site.machine.stratus("uninstall --yes")
    assert site.view() == before


def test_a_change_that_cuts_the_machine_off_is_taken_back_to_the_byte(site: Site) -> None:
    before = site.view()
    site.machine.run("nft", CUT_OFF)
    done = site.machine.stratus(f"{ASKED} install --yes --revert-after 1 -o json", status=10)
    error = json.loads(done.stderr.splitlines()[-1])
    assert error["cause"].startswith("step 5 of 14, the bridge of the public network: ")
    assert error["cause"].endswith("steps 1 to 4 are done and stay; `stratus install` goes on with this one")
    assert "192.0.2.1 did not answer through br0 within 1 s: the network is as it was before" in error["cause"]
    assert site.view() == before
    assert int(site.ask(1).communicate(timeout=30)[0]) == 1


def test_a_change_is_taken_back_when_its_installer_is_killed(site: Site) -> None:
    before = site.view()
    site.machine.run("nft", CUT_OFF)
    installer = subprocess.Popen(
        site.machine.stratus.argv(f"{ASKED} install --yes --revert-after 2"), stderr=subprocess.DEVNULL
    )
    until(lambda: "br0" in site.interfaces(), deadline_s=20, what="the bridge")
    site.machine.kill(site.machine.processes("-m stratus "))
    installer.wait(timeout=20)
    assert site.machine.processes("stratus.install.revert")
    busy = site.machine.stratus("install --yes", status=4)
    assert "waits for its confirmation" in busy.stderr
    until(lambda: "br0" not in site.interfaces(), deadline_s=20, what="the bridge to be gone")
    until(lambda: not site.machine.processes("stratus.install.revert"), deadline_s=20, what="the end of the watchdog")
    assert site.view() == before


def test_somebody_who_still_gets_in_confirms_and_the_bridge_of_the_site_stays(site: Site) -> None:
    site.machine.run("ip", "route", "delete", "default")
    installer = subprocess.Popen(site.machine.stratus.argv(f"{ASKED} install --yes"), stderr=subprocess.DEVNULL)
    until(lambda: "br0" in site.interfaces(), deadline_s=20, what="the bridge")
    site.machine.stratus("install --confirm")
    assert installer.wait(timeout=60) == 0
    assert "no change of the network waits" in site.machine.stratus("install --confirm", status=4).stderr


def test_a_bridge_that_is_there_is_used_and_stays(site: Site) -> None:
    for words in ("link add br0 type bridge", "link set br0 up", "link set eth0 master br0"):
        site.machine.run("ip", *words.split())
    before = site.view()
    done = site.machine.stratus(f"{ASKED} install --yes -o json")
    assert not any(step["changed"] for step in done.json if step["step"] == "bridge")
    site.machine.stratus("uninstall --yes")
    assert site.view() == before


def start_public_instance(site: Site, lab: Lab) -> None:
    """An instance with an address of the site, in which somebody answers."""
    (image,) = lab.stratus.rows("image show", lab.image)
    copy = site.machine.stratus.home / "tiny.img"
    shutil.copyfile(image["path"], copy)
    key = make_key(site.machine.stratus.home / ".ssh" / "id_ed25519")
    site.machine.stratus(f"image import {copy} --name tiny")
    site.machine.stratus(f"run tiny --network public --key {key}.pub --ram 96 --swap 0 --wait=ssh --timeout 90")


def addresses(view: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Without those that the kernel gives by itself."""
    (row,) = (row for row in view["addresses"] if row["ifname"] == name)
    return [info for info in row["addr_info"] if info["scope"] != "link"]


def routes(view: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [{key: route[key] for key in route if key != "dev"} for route in view["routes"] if route["dev"] == name]


def mac(view: dict[str, Any], name: str) -> str:
    return str(next(row["address"] for row in view["links"] if row["ifname"] == name))
