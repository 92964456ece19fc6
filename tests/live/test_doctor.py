"""Doctor, recover and burnin on a real node: damage by hand, a reboot, a lost ledger, and a trial of every verb."""

import shutil
from collections.abc import Iterator

import pytest

from tests.live.conftest import make_key
from tests.live.island import Island, island
from tests.live.lab import Lab
from tests.live.patience import until

pytestmark = pytest.mark.live

STATE = "/var/lib/stratus"
NODE = f"{STATE}/node"
LEDGER = f"{STATE}/frontend/ledger.sqlite"
SMALL = "--ram 96 --swap 16"


@pytest.fixture(scope="module")
def house(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    """Another machine with two running instances, one and two."""
    home = tmp_path_factory.mktemp("island")
    make_key(home / ".ssh" / "id_ed25519")
    (image,) = lab.stratus.rows("image show", lab.image)
    shutil.copyfile(image["path"], home / "tiny.img")
    with island(home) as machine:
        machine.stratus("install --yes")
        machine.stratus(f"image import {home}/tiny.img --name tiny")
        machine.stratus(f"run tiny --name one {SMALL} --wait=running")
        machine.stratus(f"run tiny --name two {SMALL} --wait=running")
        yield machine


def test_a_healthy_cloud_is_quiet_also_while_instances_come_and_go(house: Island) -> None:
    house.stratus(f"run tiny --name three {SMALL}")
    for _ in range(2):
        assert "are as the ledger says" in house.stratus("doctor").stdout
    house.stratus("kill three")
    assert "are as the ledger says" in house.stratus("doctor").stdout
    house.stratus("wait --for done 3")
    assert house.stratus("doctor -o json").json["findings"] == []


DAMAGE = {
    "domain-missing": "virsh destroy one-1; virsh undefine one-1",
    "definition": "virsh dumpxml --inactive one-2 | sed 's/98304/90112/' >/run/two.xml; virsh define /run/two.xml",
    "domain-twice": "virsh dumpxml --inactive one-2 | sed '/<uuid>/d; s/one-2/copy/; s/<mac .*/<mac address=\"02:00:00:00:00:99\"\\/>/'"
    " >/run/copy.xml; virsh define /run/copy.xml",
    "context-missing": f"rm {STATE}/instances/2/context.iso",
    "disk-missing": f"rm {STATE}/instances/2/swap.raw",
    "record": f"echo '{{' >{STATE}/instances/2/instance.json",
    "leftover": f"touch {STATE}/instances/2/.root.qcow2.abc.part",
    "folder-stray": f"mkdir {STATE}/instances/77; echo data >{STATE}/instances/77/root.qcow2",
    "filter-missing": "nft delete element bridge stratus taps '{ \"st2n0\" }'",
    "filter-stray": "nft add element bridge stratus taps '{ \"st9n0\" }'",
    "dhcp-stray": f"echo 02:00:00:00:00:98,172.17.16.77 >{NODE}/networks/dnsmasq/stratus0/leases/st9n0",
    "bridge-missing": "ip link delete stratus0",
    "tap-loose": "true",  # as its bridge is gone
    "dhcp-silent": f"kill $(cat {NODE}/networks/dnsmasq/stratus0/dnsmasq.pid)",
    "queue-stray": f"echo hello >{NODE}/queues/inbox/README",
    "poison": f"echo x >{NODE}/queues/inbox/poison/6929d0c0-6929d0e3a1b2c4",
    "journal-open": f"touch {NODE}/journal/open/000000000777-1",
    "key-mode": f"chmod 0644 {STATE}/frontend/id_ed25519",
    "image-stray": f"touch -d '1 hour ago' {STATE}/images/FmcF7LVBMYUBZGnB8fp3XZ63Qt5.raw",
}
LEDGER_DAMAGE = {
    "address-missing": "DELETE FROM document WHERE kind = 'address'",
    "name-missing": "DELETE FROM document WHERE kind = 'name' AND key LIKE '%/two'",
    "name-unused": "INSERT INTO document VALUES ('name', 'ghost', 1, '{\"instance\": 99}')",
    "capacity": "UPDATE document SET body = json_set(body, '$.used.vcpu', 40) WHERE kind = 'node'",
}


def test_damage_by_hand_is_found_and_mended_and_then_the_doctor_is_quiet(house: Island) -> None:
    for line in DAMAGE.values():
        house.run("sh", "-c", line)
    for line in LEDGER_DAMAGE.values():
        house.run("python3", "-c", f"import sqlite3; c = sqlite3.connect({LEDGER!r}); c.execute({line!r}); c.commit()")

    found = {finding["code"] for finding in house.stratus("doctor -o json", status=1).json["findings"]}
    assert (DAMAGE | LEDGER_DAMAGE).keys() - found == set()

    house.stratus("doctor --fix")
    assert house.stratus("doctor -o json").json["findings"] == []
    assert sorted(house.run("virsh", "list", "--name").split()) == ["one-1", "one-2"]
    assert house.read(f"{STATE}/aside/instances/77/root.qcow2") == "data\n"
    assert "copy" not in house.run("virsh", "list", "--all", "--name")
    house.stratus("wait --for ssh one two")
    house.stratus("reboot --hard --wait=running two")


def test_a_dead_dispatcher_is_named_and_install_starts_it(house: Island) -> None:
    house.kill(house.processes("stratus.cli dispatch --resident"))
    assert "dispatcher" in house.stratus("doctor", status=1).stdout
    house.stratus("install --yes")
    until(lambda: house.stratus("doctor", status=None).status == 0, deadline_s=20, what="the doctor to be quiet")


def test_after_a_reboot_what_ran_runs_again_without_anybody(house: Island) -> None:
    house.stratus("stop --force --wait two")
    house.kill(house.processes(""))  # every process of the machine but its first
    house.run("sh", "-c", "nft flush ruleset; ip link delete stratus0; rm -rf /run/*")
    house.stratus("install --yes")  # what systemd does at a boot

    until(lambda: state(house, "one") == "running", deadline_s=40, what="one to run again")
    house.stratus("wait --for ssh one")
    assert state(house, "two") == "stopped"
    assert "its node was restarted" in house.stratus("log one").stdout
    assert house.stratus("recover").stdout == "nothing is to be recovered\n"
    assert house.stratus("doctor -o json").json["findings"] == []


def test_a_lost_ledger_is_rebuilt_from_the_node(house: Island) -> None:
    before = house.stratus.rows("describe")
    house.kill(house.processes("stratus.cli dispatch --resident"))
    house.run("sh", "-c", f"rm -r {LEDGER}*")
    house.stratus("install --yes")
    assert house.stratus.rows("describe") == []

    house.stratus("recover --ledger")
    after = house.stratus.rows("describe")
    kept = ("id", "name", "owner", "state", "address", "mac", "image", "uuid")
    assert [[row[name] for name in kept] for row in after] == [[row[name] for name in kept] for row in before]
    assert house.stratus("doctor -o json").json["findings"] == []
    house.stratus("kill --wait one two")


def test_burnin_finds_that_this_cloud_works_and_leaves_nothing(house: Island) -> None:
    result = house.stratus("burnin --count 2 -o json").json

    assert result["passed"] and {one["done"] for one in result["verdicts"]} == {2}
    assert house.stratus.rows("describe") == []
    assert house.run("virsh", "list", "--all", "--name").split() == []


def state(house: Island, name: str) -> str:
    (row,) = house.stratus.rows(f"describe {name}")
    return str(row["state"])
