"""Each fault of a sandbox, as its user meets it: what is listed, what `why` says, and what the doctor finds."""

import pytest

RUN = "run tiny --ram 64 --swap 0 --name web"


def findings(inside):
    """What the doctor finds, by its code."""
    return {each["code"]: each["what"] for each in inside("doctor -o json").json["findings"]}


def is_well_again(inside, node):
    inside.ok(f"sandbox fault {node} none")
    inside.until("node list -o csv --columns name,state", f"{node},enabled")
    return findings(inside) == {}


@pytest.mark.slow
def test_a_hypervisor_that_hangs_is_told_of_and_nothing_new_goes_there(inside):
    inside.ok(f"{RUN} --requirements NAME=node1 --wait")
    inside.ok("sandbox fault node1 hang")
    inside.until("node list", "node1 is sick")
    assert "node1 is sick: libvirt does not answer" in inside.ok("describe").err
    assert "libvirt does not answer" in inside.ok("why web").out
    refused = inside("run tiny --requirements NAME=node1")
    assert refused.status == 5 and "node1: it is sick: libvirt does not answer" in refused.err
    assert "the hypervisor of node1 does not answer" in findings(inside)["hypervisor"]
    inside.ok("run tiny --ram 64 --swap 0 --name other --wait")
    assert "node1: it is sick" in inside.ok("why other").out
    assert is_well_again(inside, "node1")


@pytest.mark.slow
def test_a_full_disk_is_told_of_by_the_node_and_by_the_doctor(inside):
    inside.ok("sandbox fault node2 disk-full")
    inside.until("node list", "its disk is full")
    assert "its disk is full" in inside("run tiny --requirements NAME=node2").err
    assert "node2" in findings(inside)["disk-full"]
    inside.ok(f"{RUN} --wait")
    assert "node2: it is sick: its disk is full" in inside.ok("why web").out
    assert is_well_again(inside, "node2")


@pytest.mark.slow
def test_a_node_that_is_cut_off_is_told_of_and_found_again(inside):
    inside.ok(f"{RUN} --requirements NAME=node3 --wait")
    inside.ok("sandbox fault node3 partition")
    inside.until("describe -o json", '"unknown"')
    assert "cut off from the front end" in inside.ok("describe").err
    assert "cut off from the front end" in inside.ok("why web").out
    assert "node3 does not answer" in findings(inside)["node-silent"]
    inside.ok("sandbox fault node3 none")
    inside.until("describe -o json", '"running"')
    assert is_well_again(inside, "node3")


def test_a_slow_node_keeps_nobody_but_its_own_instances_waiting(inside):
    inside.ok("sandbox fault node1 slow --by 1000")
    inside.ok(f"{RUN} --requirements NAME=node1")
    inside.ok("run tiny --ram 64 --swap 0 --name other --requirements NAME=node2 --wait")
    inside.until("describe web -o json", '"prolog"')
    late = inside("wait web --timeout 0.1")
    assert late.status == 10 and "still in prolog" in late.err
    assert "node1" in inside.ok("why web").out
    inside.ok("sandbox fault node1 none")
    inside.ok("wait web")


def test_the_help_says_no_number_that_nobody_typed(inside):
    assert "1e+09" not in inside.ok("sandbox fault --help").out
