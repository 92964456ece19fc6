"""stratus recover: after a reboot what ran runs again; a lost ledger comes back from the nodes."""

import dataclasses

import pytest

from stratus.actions import records
from stratus.actions.node import enroll
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.link.memory import MemoryLink
from stratus.model.placement import Ratios
from stratus.model.requests import EnrolRequest

RUN = "run tiny --ram 64 --swap 16 --wait=running --name"


@pytest.fixture
def three(stratus):
    """Instances one and two, which run, and three, which its user has stopped."""
    for name in ("one", "two", "three"):
        stratus.ok(f"{RUN} {name}")
    stratus.ok("stop --wait three")
    stratus.ok("dispatch --once")
    return stratus


def reboot(node):
    """The machine goes down without a warning, and is back with nothing but its files."""
    node.hypervisor.lose_power()
    node.network.lose_power()


def settings(stratus, **fields):
    site = stratus.site
    site.cloud = dataclasses.replace(site.cloud, settings=dataclasses.replace(site.cloud.settings, **fields))


def states(stratus):
    return {row["name"]: row["state"] for row in stratus.ok("describe -o json").json}


def causes(stratus, name):
    return [entry["cause"] for entry in stratus.ok(f"log {name} -o json").json]


def test_after_a_reboot_what_ran_runs_again_without_anybody(three, node):
    reboot(node)
    three.ok("dispatch --once")
    three.ok("wait one two")

    assert states(three) == {"one": "running", "two": "running", "three": "stopped"}
    assert "its node was restarted" in causes(three, "one")
    assert "start by the cloud, after its node was restarted" in causes(three, "one")
    three.ok("doctor")


@pytest.mark.slow
def test_a_site_may_want_to_start_them_itself(three, node):
    settings(three, restart_interrupted=False)
    reboot(node)
    three.ok("dispatch --once")
    assert states(three) == {"one": "stopped", "two": "stopped", "three": "stopped"}

    planned = three.ok("recover --plan")
    assert planned.out.count("start one-") == 2 * 2 and "nothing was changed" in planned.out
    assert states(three)["one"] == "stopped"

    said = three.ok("recover node1")
    assert said.out == "instance 1 (one) is started again on node1\ninstance 2 (two) is started again on node1\n"
    three.ok("wait one two")
    assert three.ok("recover").out == "nothing is to be recovered\n"
    assert states(three)["three"] == "stopped"


@pytest.mark.slow
def test_what_cannot_be_started_again_says_why_and_keeps_nobody_from_it(three, node):
    settings(three, ratios=Ratios(cpu=0.125, ram=1.0, disk=1.0))  # one CPU of eight
    reboot(node)
    three.ok("dispatch --once")
    three.ok("wait one")

    assert states(three) == {"one": "running", "two": "stopped", "three": "stopped"}
    assert "not started again: no node has room for instance 2" in three.ok("why two").out
    assert "instance 2 (two) stays off" in three.ok("recover").out
    settings(three, ratios=Ratios())
    three.ok("recover")
    three.ok("wait two")


@pytest.mark.slow
def test_a_guest_that_powered_itself_off_stays_off(three, node):
    node.hypervisor.power_off_itself("one-1")
    three.ok("dispatch --once")
    assert three.ok("recover").out == "nothing is to be recovered\n"
    assert states(three)["one"] == "stopped"


@pytest.mark.slow
def test_what_crashed_while_the_machine_went_down_runs_again_too(three, node):
    methods = dict(node.agent.methods())
    node.link = MemoryLink({**methods, "sweep": lambda params: {**methods["sweep"](params), "boot": "another"}})
    node.hypervisor.crash("one-1")
    three.ok("dispatch --once")
    three.ok("wait one")
    assert states(three)["one"] == "running"


@pytest.mark.slow
def test_what_is_killed_before_it_could_be_recovered_does_not_come_back(three, node):
    settings(three, restart_interrupted=False)
    reboot(node)
    three.ok("dispatch --once")
    three.ok("kill --wait one")
    assert three.ok("recover").out == "instance 2 (two) is started again on node1\n"


def lose_the_ledger(stratus):
    """A new machine takes the place of the front end: it knows the nodes, and nothing else."""
    site = stratus.site
    stratus.ledger = stratus.ledger.replace("ledger.sqlite", "new.sqlite")
    site.cloud = dataclasses.replace(site.cloud, ledger=SqliteLedger(stratus.ledger))
    enroll(site.cloud, EnrolRequest("node1", way="memory"))


FIELDS = ("id", "name", "owner", "state", "address", "mac", "node", "image", "type", "vcpu", "ram", "swap", "uuid")


def known(stratus):
    return [{field: row[field] for field in FIELDS} for row in stratus.ok("describe -o json").json]


def test_a_lost_ledger_is_rebuilt_from_the_nodes(three):
    three.ok("run tiny --ram 64 --swap 0 --name four --wait=running")
    three.ok("kill --wait four")
    before, used = known(three), records.node(three.site.cloud.ledger, "node1")[0].used
    lose_the_ledger(three)
    assert known(three) == []

    planned = three.ok("recover --ledger --plan").out
    assert "instance 1 (one)" in planned and "nothing was changed" in planned and known(three) == []
    said = three.ok("recover --ledger").out
    assert "now: epoch 2 of this front end" in said and "node1: taken in hand" in said

    assert known(three) == before
    assert records.node(three.site.cloud.ledger, "node1")[0].used == used
    assert [row["name"] for row in three.ok("image list -o json").json] == ["tiny"]
    three.ok("doctor")
    again = three.ok("recover --ledger").out
    assert "instance" not in again and "epoch 3" in again


@pytest.mark.slow
def test_the_cloud_goes_on_after_its_ledger_was_rebuilt(three):
    three.ok("run tiny --ram 64 --swap 0 --name four --wait=running")
    three.ok("kill --wait four")
    lose_the_ledger(three)
    three.ok("recover --ledger")

    three.ok(f"{RUN} five")
    assert three.ok("describe five -o json").json[0]["id"] == 5  # four had been given out
    three.ok("start --wait=running three")
    three.ok("reboot --hard one")
    three.ok("kill --wait one two three five")
    three.ok("doctor")


@pytest.mark.slow
def test_what_the_records_do_not_tell_is_said(three, node):
    folder = f"{node.folder}/instances/2"
    node.disks.files[f"{folder}/instance.json"] = "nonsense"
    lose_the_ledger(three)
    assert "not recovered: instance 2 on node1: its record is damaged" in three.ok("recover --ledger").out
    assert [row["id"] for row in known(three)] == [1, 3]


@pytest.mark.slow
def test_taking_over_alone_counts_the_lives(three):
    assert three.ok("recover --take-over --plan").out == "next: epoch 2 of this front end\nnothing was changed\n"
    assert "now: epoch 2" in three.ok("recover --take-over").out
    three.ok("reboot --hard --wait=running one")


def test_a_ledger_without_nodes_says_what_comes_first(stratus):
    stratus.site.cloud.ledger.commit([records.Delete(records.NODE, "node1")])
    said = stratus("recover --ledger")
    assert said.status == 3 and "stratus install" in said.err
