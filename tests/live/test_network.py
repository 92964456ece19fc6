"""The network of real guests: what they reach, what they cannot pretend to be, and many runs at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live.cli import Result
from tests.live.lab import Guest, Lab, Start
from tests.live.node import leftovers

pytestmark = pytest.mark.live

AT_ONCE = 8
GATEWAY = "ip route | awk '/^default/ {print $3}'"


@pytest.fixture(scope="module")
def two(lab: Lab, start_for_all: Start) -> tuple[Guest, Guest]:
    """Two guests on one network, started together."""
    one, other = lab.start_all("net", "-n", "2", "--network", "local")
    return one, other


def test_a_guest_reaches_its_gateway(two: tuple[Guest, Guest]) -> None:
    guest, _ = two
    (gateway,) = guest.words(GATEWAY)

    assert "0% packet loss" in guest.ssh(f"ping -c 2 -W 3 {gateway}").decode()


def test_a_guest_finds_another_by_its_name_and_reaches_it(two: tuple[Guest, Guest]) -> None:
    guest, other = two

    for name in (other.name, f"{other.name}.stratus.internal"):
        assert other.address in guest.words(f"nslookup {name}")
    assert f"({other.address})" in guest.ssh(f"ping -c 2 -W 3 {other.name}").decode()
    other.wait_for("pidof httpd")
    assert f"<h1>{other.name}</h1>" in guest.ssh(f"wget -q -O - http://{other.name}/").decode()
    assert f"<h1>{guest.name}</h1>" in other.ssh(f"wget -q -O - http://{guest.address}/").decode()


def test_a_guest_that_takes_another_address_gets_nothing_through(two: tuple[Guest, Guest]) -> None:
    guest, other = two
    false = _unused(guest)
    guest.ssh(f"ping -c 1 -W 3 {other.address}")  # the way is known: what follows is really sent
    guest.ssh(f"ip addr add {false}/24 dev eth0")
    sent, seen = _sent(guest), _pings(other)

    done = guest.try_ssh(f"ping -c 3 -W 1 -I {false} {other.address}; ping -c 1 -W 1 -I {false} $({GATEWAY})")
    assert done.returncode != 0 and b"100% packet loss" in done.stdout
    assert _sent(guest) >= sent + 3
    assert _pings(other) == seen

    guest.ssh(f"ping -c 3 -W 3 -I {guest.address} {other.address}")
    assert _pings(other) == seen + 3
    guest.ssh(f"ip addr del {false}/24 dev eth0")


def test_nobody_learns_the_false_address_of_a_guest(two: tuple[Guest, Guest]) -> None:
    guest, other = two
    false = _unused(guest)
    guest.ssh(f"ip addr add {false}/24 dev eth0")

    assert other.try_ssh(f"arping -c 2 -w 2 -I eth0 {false}").returncode != 0
    assert other.try_ssh(f"arping -c 2 -w 4 -I eth0 {guest.address}").returncode == 0

    guest.ssh(f"ip addr del {false}/24 dev eth0")


def test_a_guest_that_takes_another_mac_gets_nothing_through(two: tuple[Guest, Guest]) -> None:
    guest, other = two
    (mac,) = guest.words("cat /sys/class/net/eth0/address")
    guest.ssh(f"ping -c 1 -W 3 {other.address}")
    sent, seen = _sent(guest), _pings(other)

    # Our own way in ends with its MAC: the guest does it alone, and takes its own back.
    script = (
        f"ip link set dev eth0 address 02:00:de:ad:be:ef; cat /sys/class/net/eth0/address >/tmp/mac;"
        f"ping -c 4 -W 1 {other.address} >/tmp/pinged 2>&1; ip link set dev eth0 address {mac}; : >/tmp/honest"
    )
    guest.ssh(f"rm -f /tmp/honest; (sleep 1; {script}) >/dev/null 2>&1 </dev/null & echo")
    guest.wait_for("test -e /tmp/honest", deadline_s=60)

    assert guest.words("cat /tmp/mac") == ["02:00:de:ad:be:ef"]
    assert b"100% packet loss" in guest.ssh("cat /tmp/pinged")
    assert _sent(guest) >= sent + 4
    assert _pings(other) == seen
    guest.ssh(f"ping -c 2 -W 3 {other.address}")
    assert _pings(other) == seen + 2


def test_eight_runs_at_once_get_eight_addresses_and_leave_nothing(lab: Lab, all_ended: None) -> None:
    def run(number: int) -> Result:
        words = ("--name", lab.name(f"many-{number}"), "--ram", "96", "--swap", "0")
        return lab.stratus(f"run {lab.image} --wait=running -o json", *words, status=None, timeout_s=200)

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(run, range(AT_ONCE)))
    finally:
        guests = lab.adopt("many-")

    assert [result.status for result in results] == [0] * AT_ONCE, [result.stderr for result in results]
    rows = [result.json[0] for result in results]
    assert {row["state"] for row in rows} == {"running"}
    assert len({row["address"] for row in rows}) == len({row["id"] for row in rows}) == len(guests) == AT_ONCE
    assert [guest.states().count("running") for guest in guests] == [1] * AT_ONCE

    lab.stratus("kill --wait", *(guest.name for guest in guests))
    assert [leftovers(guest) for guest in guests] == [[]] * AT_ONCE
    assert not [row for row in lab.stratus.rows("describe") if row["name"].startswith(lab.name("many-"))]


def _unused(guest: Guest) -> str:
    """An address of the guest's network that no instance has."""
    taken = {row["address"] for row in guest.stratus.rows("describe")}
    network = guest.address.rpartition(".")[0]
    return next(address for last in range(254, 1, -1) if (address := f"{network}.{last}") not in taken)


def _sent(guest: Guest) -> int:
    return int(guest.words("cat /sys/class/net/eth0/statistics/tx_packets")[0])


def _pings(guest: Guest) -> int:
    """How many echo requests reached the guest."""
    names, values = (line.split() for line in guest.ssh("grep ^Icmp: /proc/net/snmp").decode().splitlines())
    return int(dict(zip(names[1:], values[1:], strict=True))["InEchos"])
