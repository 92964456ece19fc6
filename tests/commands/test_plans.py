"""--plan on every command that changes something: it changes nothing, and is what is then carried out."""

import itertools
import json
import re
import sqlite3
from contextlib import closing

import pytest

from stratus.cli import main
from stratus.commands.group import LazyGroup
from stratus.commands.man.command_page import walk
from stratus.drivers.link.memory import Fault

TOY = "it changes a folder of its own, in which nothing is of any worth"
LOOKS = "it only shows what is there"
# Commands without a plan: the reason why they need none. A new command needs a plan, or a reason.
NEEDS_NO_PLAN = {
    "describe": LOOKS,
    "wait": LOOKS,
    "log": LOOKS,
    "why": LOOKS,
    "audit": LOOKS,
    "clouds": LOOKS,
    "image list": LOOKS,
    "image show": LOOKS,
    "image log": LOOKS,
    "node list": LOOKS,
    **dict.fromkeys(("user list", "user show", "user key list", "group list", "usage"), LOOKS),
    "capacity": LOOKS,
    "simulate": "it happens to nothing that is there",
    "node show": LOOKS,
    "node run": "what it runs is the user's own, on machines that are not ours to know",
    "help": LOOKS,
    "completion": LOOKS,
    "burnin": "what it makes is its own, and ends with it",
    "sandbox list": LOOKS,
    "sandbox faults": LOOKS,
    "sandbox start": TOY,
    "sandbox shell": TOY,
    "sandbox run": TOY,
    "sandbox fault": TOY,
    "sandbox stop": TOY,
    "connect": "it opens a session, in which the user acts",
    "console": "it opens a session, in which the user acts",
}
_SAID = "its plan is what will be said of the node: tests/commands/test_node.py"
_OF_PEOPLE = "its plan is what the ledger will say of somebody: tests/actions/test_users.py"
COMPARED_ELSEWHERE = {
    "login": "its plan is the difference that the file's content makes: tests/commands/golden/login.txt",
    **{f"node {verb}": _SAID for verb in ("enable", "disable", "zone", "label", "reserve", "rename")},
    **{f"user {verb}": _OF_PEOPLE for verb in ("add", "role", "quota", "group", "disable", "enable", "remove")},
    **{f"user key {verb}": _OF_PEOPLE for verb in ("add", "remove")},
    **{f"group {verb}": _OF_PEOPLE for verb in ("add", "quota", "remove")},
    **{f"user {way}": "a line of a file: its transcript in golden/" for way in ("password", "certificate")},
    "run-cluster": "most of it is done inside the guests: tests/commands/test_run_cluster.py",
    "node drain": "what stays there is told as well: tests/commands/test_machines.py",
    "config": "its plan is the difference of a file: test_config.py",
    "doctor": "its mends follow from what is wrong: tests/commands/test_doctor.py",
    "recover": "what it starts follows from what went down: tests/commands/test_recover.py",
    "node add": "it changes another machine: tests/live/test_nodes.py",
    "node update": "it changes another machine: tests/live/test_nodes.py",
    "node remove": "it changes another machine: tests/live/test_nodes.py",
}
SETUPS = {
    "nothing": (),
    "running": ("run tiny --name web --ram 64 --wait",),
    "two": ("run tiny --name web -n 2 --ram 64 --wait",),
    "stopped": ("run tiny --name web --ram 64 --wait", "stop web --wait"),
    "brought": ("image import /images/other.img",),
}
CASES = [
    ("run", "nothing", "run tiny --name web --ram 64"),
    ("run", "nothing", "run tiny -n 3 --ram 64 --volatile-disk 1 --network private --use-host-cpu"),
    ("run", "running", "run tiny --address 172.30.16.77 --context-method cloud-init --swap 0"),
    ("stop", "running", "stop web"),
    ("stop", "two", "stop --force web-1 web-2"),
    ("start", "stopped", "start web"),
    ("reboot", "running", "reboot web"),
    ("reboot", "running", "reboot --hard web"),
    ("shutdown", "running", "shutdown web"),
    ("kill", "two", "kill web-2 1"),
    ("kill", "stopped", "kill web"),
    ("image import", "nothing", "image import /images/other.img"),
    ("image import", "nothing", "image import /images/other.img --name mine --compression none --format raw"),
    ("image build", "nothing", "image build tiny --name built"),
    ("image delete", "brought", "image delete other tiny"),
]


@pytest.mark.parametrize(("setup", "line"), [case[1:] for case in CASES], ids=[case[2] for case in CASES])
def test_a_plan_changes_nothing_and_is_what_is_then_carried_out(stratus, setup, line):
    for each in SETUPS[setup]:
        stratus.ok(each)
    before = everything(stratus)
    plans = stratus.ok(f"{line} --plan -o json").json
    text = stratus.ok(f"{line} --plan").out
    assert everything(stratus) == before
    assert text.endswith("nothing was changed\n")
    assert all(step["title"] in text for plan in plans for step in plan["steps"])
    assert plans and all(set(plan) == {"verb", "target", "node", "takes", "steps"} for plan in plans)

    stratus.ok(line if line.startswith("image") else f"{line} --wait")

    for plan in plans:
        assert_carried_out(stratus, plan)


def test_the_plan_of_a_run_begins_with_the_image_that_has_to_come_first(stratus):
    before = everything(stratus)
    line = "run /images/other.img --name web --ram 64"
    arrival, run = stratus.ok(f"{line} --plan -o json").json
    assert everything(stratus) == before
    assert (arrival["verb"], arrival["node"], run["verb"], run["node"]) == ("import", "front end", "run", "node1")

    stratus.ok(f"{line} --wait")

    assert_carried_out(stratus, arrival)
    assert_carried_out(stratus, run)
    assert [plan["verb"] for plan in stratus.ok(f"{line.replace('web', 'other')} --plan -o json").json] == ["run"]
    assert stratus("run /images/nothing.img --plan").status == 3


def test_the_plan_of_a_round_is_what_the_round_does(stratus, node):
    node.link.fault = Fault.UNREACHABLE
    stratus.ok("run tiny --name web -n 2 --ram 64")
    node.link.fault = None
    before = everything(stratus)
    first, second, visit = stratus.ok("dispatch --once --plan -o json").json
    assert everything(stratus) == before
    assert (visit["verb"], visit["node"], visit["steps"][1]["commands"][0][:4]) == (
        ("dispatch", "node1", ["virsh", "-c", "memory:", "domstats"])
    )

    stratus.ok("dispatch --once")
    stratus.ok("wait web-1 web-2")

    for plan in (first, second):
        assert_carried_out(stratus, plan)
    assert stratus("dispatch --resident --plan").status == 2


def steps_of(stratus, line):
    """What an installation says of its steps, but for what it learns on the way: the keys that it makes."""
    learnt = re.compile(r"ssh-ed25519 AAAA|when it is made")
    steps = stratus.ok(f"{line} -o json").json
    return [(each["step"], [deed for deed in each["deeds"] if not learnt.search(deed)]) for each in steps]


@pytest.mark.parametrize("role", ["", "--frontend", "--node"])
def test_an_installation_is_what_its_plan_says_and_the_next_one_nothing(stratus, role):
    planned = steps_of(stratus, f"install {role} --plan")
    assert steps_of(stratus, f"install {role} --plan") == planned
    assert any(deeds for _, deeds in planned)
    assert steps_of(stratus, f"install {role} --yes") == planned
    assert not any(deeds for _, deeds in steps_of(stratus, f"install {role} --yes"))


def test_what_is_taken_away_again_is_what_the_plan_says(stratus):
    stratus.ok("install --yes")
    planned = stratus.ok("uninstall --plan --packages -o json").json
    assert planned and stratus.ok("uninstall --yes --packages -o json").json == planned
    assert stratus.ok("uninstall --plan --packages -o json").json == []


def test_every_command_that_changes_something_has_a_plan_that_is_compared():
    assert isinstance(main, LazyGroup)
    commands = {" ".join(each.words): each.command for each in walk(main) if not isinstance(each.command, LazyGroup)}
    planned = {name for name, command in commands.items() if "plan" in {each.name for each in command.params}}
    assert set(commands) - planned == set(NEEDS_NO_PLAN), "a new command needs --plan, or a reason"
    assert planned == {case[0] for case in CASES} | {"dispatch", "install", "uninstall"} | set(COMPARED_ELSEWHERE)


def test_each_of_several_counts_from_where_the_one_before_it_ends(stratus):
    plans = stratus.ok("run tiny -n 3 --ram 64 --swap 10 --plan -o json").json
    takes = [plan["takes"] for plan in plans]
    for name, each in (("cpu", 1), ("ram_mib", 64), ("disk_mib", 10), ("address", 1)):
        assert {take[name]["takes"] for take in takes} == {each}
        for one, other in itertools.pairwise(takes):
            assert one[name]["free_after"] == other[name]["free_before"] == one[name]["free_before"] - each
    assert [take["address"]["address"] for take in takes] == ["172.30.16.2", "172.30.16.3", "172.30.16.4"]
    assert takes[0]["address"]["range"] == "172.30.16.2 to 172.30.16.254"


@pytest.mark.parametrize(
    ("setup", "line", "given_back", "left_alone"),
    [
        ("running", "kill web", {"cpu": -1, "ram_mib": -64, "disk_mib": -1536, "address": -1}, set()),
        ("running", "stop web", {"cpu": -1, "ram_mib": -64}, {"disk_mib", "address"}),
        ("stopped", "start web", {"cpu": 1, "ram_mib": 64}, {"disk_mib", "address"}),
        ("stopped", "kill web", {"disk_mib": -1536, "address": -1}, {"cpu", "ram_mib"}),
        ("running", "reboot web", {}, {"cpu", "ram_mib", "disk_mib", "address"}),
    ],
)
def test_what_a_verb_gives_back_is_then_free(stratus, setup, line, given_back, left_alone):
    for each in SETUPS[setup]:
        stratus.ok(each)
    (plan,) = stratus.ok(f"{line} --plan -o json").json
    assert {name: use["takes"] for name, use in plan["takes"].items() if use} == given_back
    assert {name for name, use in plan["takes"].items() if use is None} == left_alone

    stratus.ok(f"{line} --wait")

    (after,) = stratus.ok("run tiny --ram 64 --plan -o json").json
    for name in given_back:
        assert after["takes"][name]["free_before"] == plan["takes"][name]["free_after"]


@pytest.mark.parametrize("verb", ["stop", "start", "reboot", "shutdown", "kill", "image delete"])
def test_a_plan_of_what_is_not_there_is_refused_as_the_verb_is(stratus, verb):
    refused, said = (stratus(f"{verb} nobody {more}") for more in ("", "--plan"))
    assert said == refused and said.status == 3


@pytest.mark.parametrize(
    ("setup", "line"),
    [
        ("stopped", "stop web"),
        ("stopped", "reboot web"),
        ("stopped", "shutdown web"),
        ("running", "start web"),
        ("running", "run tiny --name web"),
        ("running", "run tiny --ram 40000"),
        ("running", "image delete tiny"),
        ("nothing", "image build huge"),
        ("nothing", "image build tiny --name -x"),
        ("nothing", "image import /images/nothing.img"),
        ("nothing", "image import /images/other.img --format qcow2"),
    ],
)
def test_a_plan_of_what_cannot_be_is_refused_as_the_verb_is(stratus, setup, line):
    for each in SETUPS[setup]:
        stratus.ok(each)
    refused, said = (stratus(f"{line} {more}") for more in ("", "--plan"))
    assert said.status not in (0, 70) and said == refused


def test_a_plan_of_what_is_busy_is_refused_but_for_a_kill(stratus, node):
    stratus.ok("run tiny --name web --ram 64 --wait")
    node.link.fault = Fault.UNREACHABLE
    stratus.ok("stop web")
    refused, said = (stratus(f"reboot web {more}") for more in ("", "--plan"))
    assert said.status == refused.status == 4 and "instance 1 is busy: shutdown" in said.err
    assert stratus.ok("kill web --plan -o json").json[0]["steps"][-1]["title"] == "remove the instance's folder"


def test_a_start_without_room_is_refused_by_its_plan(stratus):
    for line in SETUPS["stopped"]:
        stratus.ok(line)
    stratus.ok("run tiny --ram 32768 --wait")
    said = stratus("start web --plan")
    assert said.status == 5 and "RAM: 64 MiB wanted, 0 MiB of 32768 MiB free" in said.err


def test_what_was_never_sent_needs_no_step_to_end(stratus, node):
    node.link.fault = Fault.UNREACHABLE
    stratus.ok("run tiny --name web --ram 64")
    node.link.fault = None
    (plan,) = stratus.ok("kill web --plan -o json").json
    assert (plan["steps"], plan["takes"]["ram_mib"]["takes"]) == ([], -64)
    assert "nothing has to be done there" in stratus.ok("kill web --plan").out
    stratus.ok("kill web")
    assert "nothing was on the node" in stratus.ok("log 1").out


def test_the_log_of_an_image_outlives_it(stratus):
    stratus.ok("image import /images/other.img")
    stratus.ok("image delete other")
    events = stratus.ok("image log other -o json").json
    assert [event["cause"].split()[0] for event in events] == ["import", "delete"]
    shown = stratus.ok("-v image log other").out
    assert "chmod 0444" in shown and "rm -f" in shown and "did      take it out of the ledger" in shown
    assert stratus("image log nothing").status == 3


def assert_carried_out(stratus, plan):
    """The record of what was done has the plan's steps, in their order, with its very command lines."""
    target = plan["target"].split()[0].rpartition("/")[2].removesuffix(".img")
    log = "image log" if plan["node"] == "front end" else "log"
    done = stratus.ok(f"{log} -o json -- {target}").json[-1]["steps"]
    was_done = {step["title"] for step in done if step["outcome"] == "was done"}
    assert was_done <= {"let 172.30.16.2 speak through st1n0", "take one-1's power away"}
    planned = [[step["title"], [] if step["title"] in was_done else step["commands"]] for step in plan["steps"]]
    carried_out = [[step["title"], step["commands"]] for step in done]
    identifier = re.search(r"/([\w-]{27})\.raw", json.dumps(carried_out))
    told = json.dumps(planned).replace("IDENTIFIER", identifier[1] if identifier else "")
    assert json.loads(told) == carried_out


def everything(stratus):
    """The whole ledger, the whole node, and every file of the site but the ledger's own."""
    node = stratus.site.nodes["node1"]
    with closing(sqlite3.connect(stratus.ledger)) as ledger:
        documents = list(ledger.iterdump())
    files = {
        str(path): path.stat().st_mtime_ns
        for path in sorted(stratus.home.parent.rglob("*"))
        if "ledger.sqlite" not in path.name and path != stratus.home.parent
    }
    state = (node.hypervisor.domains(), dict(node.disks.files), node.network.ports(), node.images.all())
    return documents, state, files
