"""The everyday verbs on instances, as they are typed."""

import getpass
import re

import pytest
import yaml

from stratus.drivers.link.memory import Fault


@pytest.fixture
def web(stratus):
    """An instance that runs."""
    stratus.ok("run tiny --name web --ram 64 --wait")


def states(stratus):
    return {row["name"]: row["state"] for row in stratus.ok("describe -a -o json").json}


HEADER = "id  name  state    vcpu  ram  cpu%  address      node   image\n"
ROW = "1   web   running  1     64   0     172.30.16.2  node1  tiny\n"


def test_describe_is_a_table(stratus, web):
    assert stratus.ok("describe").out == HEADER + ROW
    assert stratus.ok("describe web").out == stratus.ok("describe 1").out == HEADER + ROW
    assert stratus.ok("describe --no-header").out == "1  web  running  1  64  0  172.30.16.2  node1  tiny\n"
    assert stratus.ok("describe --state running --state running").out == HEADER + ROW


def test_describe_of_nothing_is_a_header(stratus):
    assert stratus.ok("describe").out == "id  name  state  vcpu  ram  cpu%  address  node  image\n"
    assert stratus.ok("describe -o json").json == []


@pytest.mark.parametrize("line", ["describe -v web", "-v describe web", "describe web --verbose"])
def test_one_in_full_says_everything(stratus, web, line):
    fields = dict(re.split(r"  +", one, maxsplit=1) for one in stratus.ok(line).out.splitlines())
    assert {
        "name": "web",
        "owner": getpass.getuser(),
        "domain": "one-1",
        "context": "one",
        "network": "local",
    }.items() <= fields.items()
    assert fields["runs under"] == "qemu, machine pc-q35-7.2, CPU max"
    assert fields["disk vda"].endswith("/instances/1/root.qcow2 (qcow2)")


def test_describe_gives_every_field_as_json_yaml_and_csv(stratus, web):
    (row,) = stratus.ok("describe -o json").json
    assert row["name"] == "web" and row["ram"] == 64 and row["mac"] == "02:00:ac:1e:10:02"
    (again,) = yaml.safe_load(stratus.ok("describe --output yaml").out)
    assert again.keys() == row.keys()
    assert {name for name, value in again.items() if value != row[name]} <= {"age", "age_s", "look_age_s"}
    header, line = stratus.ok("describe -o csv").out.splitlines()
    assert dict(zip(header.split(","), line.split(","), strict=True))["address"] == "172.30.16.2"


def test_describe_can_show_what_is_done(stratus, web):
    stratus.ok("kill web --wait")
    assert stratus.ok("describe --no-header").out == ""
    assert stratus.ok("describe -a -o json").json[0]["state"] == "done"
    assert stratus.ok("describe --state done -o json").json[0]["name"] == "web"
    assert stratus.ok("describe 1 -o json").json[0]["state"] == "done"


def test_an_unknown_state_is_refused_with_those_that_there_are(stratus):
    said = stratus("describe --state asleep")
    assert said.status == 8
    assert "'asleep' is no state" in said.err and "one of: pending, prolog" in said.err


def test_stop_start_reboot_shutdown(stratus, web):
    for line, state in (
        ("stop web --wait", "stopped"),
        ("start web --wait=running", "running"),
        ("reboot web --hard --wait", "running"),
        ("stop --force --deadline 5 1 --wait=stopped", "stopped"),
        ("start 1 --wait=ssh", "running"),
        ("shutdown web --wait", "done"),
    ):
        (row,) = stratus.ok(f"{line} -o json").json
        assert (row["id"], row["state"]) == (1, state), line


def test_kill_takes_names_ids_and_repetitions(stratus):
    stratus.ok("run tiny -n 3 --name web --ram 64 --wait")
    rows = stratus.ok("kill web-1 1 web-3 3 --wait -o json").json
    assert [(row["name"], row["state"]) for row in rows] == [("web-1", "done"), ("web-3", "done")]
    assert states(stratus) == {"web-1": "done", "web-2": "running", "web-3": "done"}


@pytest.mark.parametrize("verb", ["kill", "stop", "reboot", "shutdown"])
def test_the_plan_of_a_verb_changes_nothing(stratus, web, verb):
    said = stratus.ok(f"{verb} web --plan")
    assert said.out.splitlines()[0] == f"{verb} 1 (web) on node1"
    assert said.out.splitlines()[-1] == "nothing was changed"
    assert states(stratus) == {"web": "running"}


@pytest.mark.parametrize(
    ("line", "cause", "fix"),
    [
        ("start web", "instance 1 is running, not stopped", "stratus describe"),
        ("kill web nobody", "no instance 'nobody'", "stratus describe"),
        ("kill wbe", "no instance 'wbe'", "did you mean web? stratus describe"),
        ("image delete tinny", "no image 'tinny'", "did you mean tiny? stratus image list"),
        ("stop", "Missing argument 'INSTANCE...'.", "stratus stop --help"),
    ],
)
def test_what_a_state_does_not_allow_is_told(stratus, web, line, cause, fix):
    said = stratus(line)
    assert said.status in (2, 3, 4)
    assert said.err == f"stratus: {cause}\n  try: {fix}\n"
    assert states(stratus) == {"web": "running"}


def test_waiting_for_each_state(stratus, web):
    said = stratus.ok("wait web")
    assert re.fullmatch(
        r"id  name  state    address      seconds\n1   web   running  172\.30\.16\.2  \d\.\d\n", said.out
    )
    (row,) = stratus.ok("wait 1 --for ssh -o json").json
    assert set(row["phases"]) == {"running", "ssh"}
    stratus.ok("stop web")
    assert stratus.ok("wait web --for stopped -o json").json[0]["state"] == "stopped"


def test_a_wait_that_gives_up_is_status_10_and_names_the_phase(stratus, node):
    node.link.fault = Fault.UNREACHABLE
    stratus("run tiny --name web")
    said = stratus("wait web --timeout 0.2")
    assert said.status == 10
    assert re.search(
        r"instance 1 is still in pending after 0\.2 s \(pending \d\.\d s\); it was left as it is", said.err
    )
    assert "  try: stratus why 1" in said.err


@pytest.mark.parametrize(
    "line", ["wait web --timeout", "stop web --deadline", "run tiny --timeout", "kill web --timeout"]
)
@pytest.mark.parametrize("seconds", ["nan", "-1", "soon", "''"])
def test_a_time_that_never_comes_is_no_time(stratus, line, seconds):
    said = stratus(f"{line} {seconds}")
    assert said.status == 2 and "Invalid value for '--" in said.err


def test_a_wait_for_what_cannot_come_says_why(stratus, web):
    stratus.ok("stop web --wait")
    said = stratus("wait web --for running")
    assert said.status == 1
    assert "instance 1 is stopped, not running: nothing is under way" in said.err
    assert stratus("wait web --for tomorrow").status == 8


def test_a_wait_for_a_guest_that_may_yet_power_itself_off_goes_on(stratus, web):
    said = stratus("wait web --for stopped --timeout 0.3")
    assert (said.status, "is still in running" in said.err) == (10, True)


def test_log_tells_the_history(stratus, web):
    lines = stratus.ok("log web").out.splitlines()
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}  "
    assert re.fullmatch(stamp + f"pending   run by {getpass.getuser()}", lines[0])
    assert re.fullmatch(stamp + "running   run is done", lines[3])
    assert re.fullmatch(r" +\d+ ms  did      start one-1", lines[-1])
    assert not any("virsh" in line for line in lines)
    assert any("virsh -c memory: start one-1" in line for line in stratus.ok("log -v web").out.splitlines())


def test_log_as_json_has_every_step(stratus, web):
    entries = stratus.ok("log web -o json").json
    assert [entry["state"] for entry in entries] == ["pending", "prolog", "boot", "running"]
    assert entries[-1]["steps"][-1]["title"] == "start one-1"
    stratus.ok("kill web --wait")
    assert stratus.ok("log 1 -o json").json[-1]["cause"] == "kill is done"


def test_log_console_is_the_consoles_text(stratus, web, node):
    folder = node.folder / "instances" / "1"
    folder.mkdir(parents=True)
    (folder / "console.log").write_bytes(b"booting\r\nlogin: \x1b[31m")
    assert stratus.ok("log --console web").out == "booting\r\nlogin: \x1b[31m"
    assert stratus.ok("log --console --bytes 9 web -o json").json == "in: \x1b[31m"
    assert stratus("log --console nobody").status == 3
    stratus.ok("kill web --wait")
    said = stratus("log --console 1")
    assert (said.status, "its console's text went with it" in said.err) == (3, True)


def test_why_tells_the_cause_and_the_way_on(stratus, node):
    node.hypervisor.broken = "no emulator here"
    assert stratus("run tiny --name web --wait").status == 1
    lines = stratus.ok("why web").out.splitlines()
    assert lines[:2] == ["1 (web) is failed", "  no emulator here"]
    assert lines[2] == "    try: stratus kill 1, then run it again; stratus why 1 tells more"
    assert lines[3] == "  it failed at: start one-1"
    assert stratus.ok("why web -o json").json["reasons"][1]["fix"] == "stratus log 1"


def test_node_list(stratus, web):
    assert stratus.ok("node list").out == (
        "name   state    role     runs under  instances  cpu  ram           address       trouble\n"
        "node1  enabled  compute  qemu        1          1/8  64/32768 MiB  this machine  -\n"
    )
    assert stratus.ok("node list -o json").json[0]["used_disk_mib"] == 1536


def test_dispatch_once(stratus, node):
    assert stratus.ok("dispatch --once").out == "1 of 1 nodes answered\n"
    node.link.fault = Fault.UNREACHABLE
    assert stratus.ok("dispatch --once").out == "0 of 1 nodes answered\n"
    (row,) = stratus.ok("node list -o json").json
    assert row["state"] == "silent" and "switched off" in row["trouble"]
    for line in ("dispatch", "dispatch --once --resident"):
        said = stratus(line)
        assert (said.status, said.err.splitlines()[1]) == (2, "  try: stratus dispatch --once")


def test_the_console_of_what_does_not_run_is_a_conflict(stratus, web):
    stratus.ok("stop web --wait")
    said = stratus("-q console web")
    assert (said.status, said.err) == (
        4,
        "stratus: instance 1 is stopped, not running\n  try: stratus log --console 1\n",
    )
