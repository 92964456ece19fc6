"""Other machines as nodes, played: added, shown, drained, renamed, removed, and commands run on them."""

import pytest

from stratus.install.bundle import pack
from stratus.install.checks.verdict import failed
from stratus.install.errand import Brought
from tests.commands.played_machine import KEY, OTHER, Played
from tests.commands.stratuslab.conftest import Old

ADD = "node add 10.0.0.2 --name n2"


@pytest.fixture
def machine(stratus):
    played = Played(stratus.site)
    yield played
    played.node.close()


def names(stratus):
    return stratus.ok("node list -o name").out.split()


def test_a_machine_is_added_with_its_host_key_zone_and_labels_and_shown(stratus, machine):
    (row,) = stratus.ok(f"{ADD} --host-key SHA256:one --zone eu --label disk=ssd -o json").json
    assert (row["name"], row["zone"], row["labels"], row["address"]) == ("n2", "eu", {"disk": "ssd"}, "10.0.0.2:22")
    (errand,) = machine.errands
    assert (errand.verb, errand.wish.release) == ("install", pack().release)
    assert errand.wish.authorized_line.startswith(
        'restrict,pty,command="/usr/lib/stratus/current/bin/stratus-nodeagent'
    )
    assert machine.machines.pins == {"n2": KEY}
    assert names(stratus) == ["n2", "node1"]
    assert stratus.ok("node show n2 -o json").json[0]["version"]
    assert stratus("node show n3").status == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--zone 'a b'", "'a b'"),
        ("--zone a/b/c/d/e", "a/b/c/d/e"),
        ("--label '1=2'", "'1'"),
        ("--label 'a=\t'", "value"),
    ],
)
def test_a_zone_or_label_that_cannot_be_is_refused_before_the_machine_is_asked(stratus, machine, options, said):
    del machine.machines.keys["10.0.0.2"]  # whoever asks for its key finds it switched off
    refused = stratus(f"{ADD} --accept-new {options}")
    assert (refused.status, said in refused.err) == (8, True), refused


def test_a_storage_node_runs_no_instances_and_says_so(stratus, machine):
    (row,) = stratus.ok(f"{ADD} --accept-new --role storage -o json").json
    assert (row["role"], row["state"]) == ("storage", "enabled")
    assert stratus.ok("node list --filter role=storage -o name").out == "n2\n"
    stratus.ok("node disable node1")
    refused = stratus("run tiny --ram 64")
    assert refused.status == 5 and "n2: it is a storage node, and runs no instances" in refused.err
    assert {row["fits"] for row in stratus.ok("capacity --by node -o json").json if row["node"] == "n2"} == {0}
    stratus.ok(f"{ADD} --accept-new")
    assert stratus.ok("node show n2 -o json").json[0]["role"] == "storage"  # unless told otherwise
    stratus.ok(f"{ADD} --accept-new --role compute")
    stratus.ok("run tiny --ram 64 --wait")
    sent = len(machine.errands)
    refused = stratus(f"{ADD} --accept-new --role storage")
    assert refused.status == 4 and "n2 has 1 instance, and a storage node runs none" in refused.err
    assert len(machine.errands) == sent


def test_an_agent_of_another_release_is_named_and_updated_with_its_instances_running(stratus, machine, monkeypatch):
    stratus.ok(f"{ADD} --accept-new --zone eu --label disk=ssd")
    stratus.ok("node disable node1")
    stratus.ok("run tiny --name web --ram 64 --wait")
    monkeypatch.setattr("stratus.commands.node.listing.__version__", "9.1")
    (before,) = stratus.ok("node show n2 -o json").json
    assert "this front end of 9.1" in before["trouble"] and before["mend"] == "stratus node update n2"
    domains = machine.node.hypervisor.domains()
    (plan,) = stratus.ok("node update n2 --plan -o json").json
    assert plan["node"] == "n2" and machine.errands[-1].verb == "plan"
    monkeypatch.undo()
    stratus.ok("node update n2")
    (after,) = stratus.ok("node show n2 -o json").json
    assert (machine.errands[-1].verb, after["trouble"]) == ("install", "")
    kept = ("zone", "labels", "role", "instances", "state", "address")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert machine.node.hypervisor.domains().keys() == domains.keys()
    assert stratus.ok("describe web -o json").json[0]["state"] == "running"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("node1", 4, "stratus install"),
        ("n3", 3, "stratus node list"),
    ],
)
def test_what_cannot_be_updated_is_refused_before_anything_is_sent(stratus, machine, words, status, said):
    stratus.ok(f"{ADD} --accept-new")
    sent = len(machine.errands)
    refused = stratus(f"node update {words}")
    assert (refused.status, said in refused.err) == (status, True), refused
    assert len(machine.errands) == sent


def test_an_update_that_fails_is_the_error_here_and_the_node_stays_as_it_was(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    before = stratus.ok("node show n2 -o json").json
    machine.error = Brought(code="CommandFailed", message="step 1 of 13: no network", hint="ip route")
    assert stratus("node update n2").status == 11
    machine.machines.keys["10.0.0.2"] = OTHER
    assert "THE HOST KEY HAS CHANGED" in stratus("node update n2").err
    del machine.machines.keys["10.0.0.2"]
    assert stratus("node update n2").status == 9
    assert stratus.ok("node show n2 -o json").json == before


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ("", 2, "--host-key SHA256:one"),  # there is nobody to ask
        ("--host-key SHA256:two", 4, "not the one that you gave"),
        ("--accept-new --label disk", 2, "--label disk=yes"),
        ("--accept-new --ask-password", 2, "on a terminal only"),
    ],
)
def test_what_is_not_agreed_to_is_refused_before_anything_is_sent(stratus, machine, options, status, said):
    refused = stratus(f"{ADD} {options}")
    assert (refused.status, said in refused.err) == (status, True), refused
    assert not machine.errands and not machine.machines.pins and names(stratus) == ["node1"]


def test_a_host_key_that_changed_is_refused_until_it_is_named(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    machine.machines.keys["10.0.0.2"] = OTHER
    refused = stratus(f"{ADD} --accept-new")
    assert refused.status == 4 and "THE HOST KEY HAS CHANGED" in refused.err
    stratus.ok(f"{ADD} --host-key SHA256:two")
    assert machine.machines.pins == {"n2": OTHER}


def test_a_machine_that_is_not_fit_is_no_node_unless_it_is_forced(stratus, machine):
    machine.verdicts = (failed("memory", "too little", "buy some"),)
    refused = stratus(f"{ADD} --accept-new")
    assert refused.status == 4 and "memory: too little" in refused.err and names(stratus) == ["node1"]
    stratus.ok(f"{ADD} --accept-new --force")
    assert machine.errands[-1].force and names(stratus) == ["n2", "node1"]


def test_an_error_of_a_step_there_is_the_error_here(stratus, machine):
    machine.error = Brought(code="CommandFailed", message="step 1 of 13: no network", hint="ip route")
    said = stratus(f"{ADD} --accept-new")
    assert said.status == 11 and "no network" in said.err and "ip route" in said.err
    assert not machine.machines.pins


def test_a_name_and_a_machine_are_one_node_only(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    stratus.ok(f"{ADD} --accept-new")  # again: it is brought to this release
    assert "called n2" in stratus("node add 10.0.0.2 --name n3 --accept-new").err
    assert stratus("node add 10.0.0.3 --name n2 --accept-new").status == 4
    assert stratus("node add 10.0.0.3 --name node1 --accept-new").status == 4
    assert names(stratus) == ["n2", "node1"]


def test_removing_is_refused_while_instances_are_there_and_leaves_nothing_in_the_ledger(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    stratus.ok("node disable node1")
    stratus.ok("run tiny --name web --ram 64 --wait")
    refused = stratus("node remove n2")
    assert refused.status == 4 and "has 1 instance: 1" in refused.err
    stratus.ok("kill web --wait")
    assert "takes nothing new" in stratus.ok("node remove n2 --plan").out
    stratus.ok("node remove n2 --uninstall --packages")
    assert (machine.errands[-1].verb, machine.errands[-1].packages) == ("uninstall", True)
    assert names(stratus) == ["node1"] and not machine.machines.pins
    stratus.ok(f"{ADD} --accept-new")
    stratus.ok("run tiny --name web --ram 64 --wait")


def test_a_machine_that_is_lost_is_forgotten_with_its_instances(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    stratus.ok("node disable node1")
    stratus.ok("run tiny --name web --ram 64 --wait")
    del machine.machines.keys["10.0.0.2"]
    said = stratus("node remove n2 --force")
    assert said.status == 0 and "still among root's" in said.err
    assert stratus.ok("describe -o json").json == []
    assert "forgotten with n2" in stratus.ok("log 1").out
    stratus.ok("node enable node1")
    stratus.ok("run tiny --name web --ram 64 --wait")  # its name and address are free again


def test_the_front_ends_own_machine_is_neither_removed_nor_renamed(stratus):
    assert stratus("node remove node1").status == 4
    assert stratus("node rename node1 other").status == 4


def test_a_node_is_renamed_with_its_instances_host_key_and_hold(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    stratus.ok("node disable node1")
    stratus.ok("run tiny --name web --ram 64 --wait")
    assert "n2 -> paris" in stratus.ok("node rename n2 paris --plan").out
    stratus.site.nodes["paris"] = machine.node
    stratus.ok("node rename n2 paris")
    assert stratus.ok("describe web -o json").json[0]["node"] == "paris"
    assert machine.machines.pins == {"paris": KEY}
    stratus.ok("stop web --wait")
    assert stratus("node rename paris node1").status == 4


def test_draining_stops_what_runs_and_names_what_stays(stratus, machine):
    stratus.ok("run tiny --name web -n 2 --ram 64 --wait")
    stratus.ok("stop web-2 --wait")
    plans = stratus.ok("node drain node1 --stop --plan -o json").json
    assert [plan["verb"] for plan in plans] == ["change", "stop"]
    left = stratus.ok("node drain node1")
    assert "1 (web-1, running), 2 (web-2, stopped)" in left.err
    (row,) = stratus.ok("node drain node1 --stop --wait -o json").json
    assert (row["name"], row["state"]) == ("web-1", "stopped")
    assert stratus.ok("node list -o json").json[0]["state"] == "disabled"


def test_a_command_runs_on_nodes_with_their_names_before_each_line_and_nothing_for_the_terminal(stratus, machine):
    stratus.ok(f"{ADD} --accept-new")
    said = stratus.ok("node run -- uname -a")
    assert (said.out, said.err) == ("n2: uname -a\n", "n2: beware\\x1b[2J\n")
    assert stratus.words("node", "run", "--on", "n2", "--", "false").status == 3
    assert stratus("node run --on node1 -- uptime").status == 4
    machine.machines.keys["10.0.0.2"] = OTHER
    assert stratus("node run -- uptime").status == 9


def test_another_machine_becomes_a_node_under_stratuslabs_name_too(stratus, machine):
    old = Old(stratus)
    stratus.site.nodes["10.0.0.2"] = machine.node
    machine.machines.pin("10.0.0.2", KEY)
    assert old("install -n 10.0.0.2 -k key").status == 0
    assert [errand.verb for errand in machine.errands] == ["install"]
    assert names(stratus) == ["10.0.0.2", "node1"]
    machine.machines.own_key = ""
    said = old("install -n 10.0.0.2")
    assert said.status == 3 and "this front end has no key yet" in said.err
