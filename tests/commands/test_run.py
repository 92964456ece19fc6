"""stratus run, as it is typed."""

import pytest

from stratus.actions import records
from stratus.model.context.values import ContextRequest
from stratus.model.instance import Blueprint
from tests.model.test_machine_type import LISTING

TABLE = """\
id  name  state    address      node
1   web   running  172.30.16.2  node1
"""


def blueprint(stratus, number=1):
    cloud = stratus.open()
    try:
        found = records.read(cloud.ledger, records.BLUEPRINT, records.key_of(number), Blueprint)
        assert found is not None
        return found[0]
    finally:
        cloud.close()


def told(stratus, number=1) -> ContextRequest:
    return blueprint(stratus, number).context


@pytest.mark.parametrize("wait", ["--wait", "--wait=running", "--wait=ssh"])
def test_waiting_ends_with_the_row_of_what_runs(stratus, wait):
    said = stratus(f"run tiny --name web {wait}")
    assert (said.out, said.status) == (TABLE, 0)
    assert "1 (web): running ..." in said.err.splitlines()
    assert ("ssh 0." in said.err) == (wait == "--wait=ssh")


def test_without_waiting_the_address_is_known_at_once(stratus):
    said = stratus.ok("run tiny --name web -o json")
    assert said.json == [
        {
            "id": 1,
            "name": "web",
            "state": "pending",
            "address": "172.30.16.2",
            "node": "node1",
            "seconds": 0,
            "phases": {},
        }
    ]
    assert said.err == ""


def test_quiet_is_stratuslabs_line(stratus):
    assert stratus.ok("-q run tiny").out == "1, 172.30.16.2\n"
    assert stratus.ok("-q run tiny -n 2 --wait").out == "2, 172.30.16.3\n3, 172.30.16.4\n"


def test_the_machine_types_are_listed_as_stratuslab_does(stratus):
    for option in ("--list-types", "-l"):
        assert stratus.ok(f"run {option}").out == LISTING + "\n"


def test_several_are_named_with_a_number(stratus):
    said = stratus.ok("run tiny -n 3 --name web -o csv")
    assert said.out.splitlines()[0] == "id,name,state,address,node"
    assert [line.split(",")[1] for line in said.out.splitlines()[1:]] == ["web-1", "web-2", "web-3"]


def test_a_plan_is_shown_with_its_commands_and_changes_nothing(stratus):
    said = stratus.ok("run tiny --name web -t t1.micro --swap 0 --plan")
    lines = said.out.splitlines()
    range = "172.30.16.2 to 172.30.16.254: 253 free before, 252 after"
    assert lines[:4] == [
        "run 1 (web) on node1",
        "  cpu: 1 (128 free before, 127 after)",
        "  ram: 512 MiB (32768 MiB free before, 32256 MiB after)",
        f"  address: 172.30.16.2 (local, 02:00:ac:1e:10:02; of {range})",
    ]
    assert lines[4].startswith("   1. verify image ")
    assert lines[-3:] == ["   9. start one-1", "        virsh -c memory: start one-1", "nothing was changed"]
    assert stratus.ok("describe --no-header").out == ""


def test_a_plan_as_json_has_every_step_with_its_commands(stratus):
    (plan,) = stratus.ok("run tiny --plan -o json").json
    assert (plan["verb"], plan["target"], plan["node"]) == ("run", "1 (one-1)", "node1")
    assert plan["steps"][-1] == {"title": "start one-1", "commands": [["virsh", "-c", "memory:", "start", "one-1"]]}
    assert stratus.ok("describe -o json").json == []


def test_amounts_are_taken_instead_of_the_types(stratus):
    stratus.ok("run tiny -t m1.large --cpu 3 --ram 128 --swap 64 --volatile-disk 2")
    made = blueprint(stratus)
    assert (made.domain.vcpu, made.domain.ram_mib) == (3, 128)
    assert [(disk.filesystem, disk.size_mib) for disk in made.extra_disks] == [("swap", 64), ("ext4", 2048)]


def test_the_address_can_be_chosen(stratus):
    assert "172.30.16.77" in stratus.ok("run tiny --network local --address 172.30.16.77").out
    said = stratus("run tiny --address 172.30.16.77")
    assert (said.status, said.err.splitlines()[0]) == (4, "stratus: address 172.30.16.77 is in use")


def test_the_screen_is_as_it_was_asked_for(stratus):
    stratus.ok("run tiny --vnc-port 5999 --vnc-listen 0.0.0.0 --keymap de")
    spec = blueprint(stratus).domain
    assert (spec.vnc_port, spec.vnc_listen, spec.keymap) == (5999, "0.0.0.0", "de")


def test_the_users_own_key_goes_along(stratus):
    stratus.ok("run tiny")
    (key,) = told(stratus).public_keys
    assert key.endswith("alice@home")


def test_keys_can_be_named_once_or_more(stratus, tmp_path):
    other = (stratus.home / ".ssh/id_ed25519.pub").read_text().replace("alice@home", "work")
    (tmp_path / "work.pub").write_text(other)
    stratus.ok(f"run tiny -k {tmp_path}/work.pub --key {stratus.home}/.ssh/id_ed25519.pub")
    assert [key.split()[-1] for key in told(stratus).public_keys] == ["work", "alice@home"]


def test_without_any_key_the_user_is_told_how_to_make_one(stratus):
    (stratus.home / ".ssh/id_ed25519.pub").unlink()
    said = stratus("run tiny")
    assert said.status == 3
    assert said.err.splitlines()[1] == "  try: ssh-keygen -t ed25519, or: --key FILE"


def test_context_comes_from_the_line_and_from_a_file(stratus, tmp_path):
    (tmp_path / "context").write_text("FILE=from file\nBOTH=file\n")
    stratus.ok(f"run tiny --context-file {tmp_path}/context --context", r"ROLE=a \# b#BOTH=line")
    assert dict(told(stratus).variables) == {"FILE": "from file", "BOTH": "line", "ROLE": "a # b"}
    assert told(stratus).method == "one"


def test_cloud_init_takes_files_and_implies_its_method(stratus, tmp_path):
    (tmp_path / "hello.sh").write_bytes(b"#!/bin/sh\necho \xff\n")
    stratus.ok(f"run tiny --cloud-init x-shellscript,{tmp_path}/hello.sh")
    (part,) = told(stratus).user_data
    assert (part.kind, part.content, told(stratus).method) == ("x-shellscript", b"#!/bin/sh\necho \xff\n", "cloud-init")


BAD = [
    ("run", "Please specify the machine image to start"),
    ("run tiny --wait=stopped", "Invalid value for '--wait'"),
    ("run tiny --wait ssh", "unexpected extra argument"),
    ("run tiny --cpu 0", "Invalid value for '--cpu'"),
    ("run tiny --cpu two", "Invalid value for '--cpu'"),
    ("run tiny --ram 0", "Invalid value for '--ram'"),
    ("run tiny --swap -1", "Invalid value for '--swap'"),
    ("run tiny --vnc-port 80", "Invalid value for '--vnc-port'"),
    ("run tiny --context-method mail", "Invalid value for '--context-method'"),
    ("run tiny -o xml", "Invalid value for '-o'"),
    ("run tiny --colour", "No such option"),
    ("run tiny --cloud-init plain,x --context-method one", "exclude each other"),
    ("run tiny -n", "requires an argument"),
    ("run tiny tiny2", "unexpected extra argument"),
]


@pytest.mark.parametrize(("line", "cause"), BAD)
def test_a_wrong_line_is_status_2_with_a_cause_and_a_way_on(stratus, line, cause):
    said = stratus(line)
    assert (said.status, said.out) == (2, "")
    assert cause in said.err and "Usage:" not in said.err
    assert said.err.splitlines()[-1].startswith("  try: ")


REFUSED = [
    ("run nothing", 3, "no image 'nothing'"),
    ("run tiny -t m9.huge", 3, "unknown instance type: m9.huge"),
    ("run tiny --network moon", 3, "no network is called moon"),
    ("run tiny --cpu 500", 5, "no node has room for m1.small (500 CPU, 1536 MiB): node1: CPU: 500 wanted"),
    ("run tiny --ram 100000", 5, "RAM: 100000 MiB wanted, 32768 MiB of 32768 MiB free, 67232 MiB short"),
    ("run tiny -n 0", 8, "-n must be between 1 and 1000, not 0"),
    ("run tiny --name 12", 8, "'12' is no host name"),
    ("run tiny --name one-4", 8, "one-4 is what the cloud calls an instance that has no name"),
    ("run tiny --address 10.0.0.1", 8, "10.0.0.1"),
    ("run tiny --vnc-listen everywhere", 8, "VNC listen IP"),
    ("run tiny --keymap 'x y'", 8, "'x y' is no keymap"),
    ("run tiny --context-file /nowhere", 3, "/nowhere does not exist"),
    ("run tiny --key /nowhere", 3, "/nowhere does not exist"),
    ("run tiny --key /etc/passwd", 8, "/etc/passwd"),
    ("run tiny --volatile-disk 5000", 8, "--volatile-disk must be between 0 and 1024 GB, not 5000"),
    ("run /nowhere/disk.img", 3, "/nowhere/disk.img"),
    ("run gopher://x/y", 8, "an image cannot come from 'gopher://x/y'"),
]


@pytest.mark.parametrize(("line", "status", "cause"), REFUSED)
def test_what_cannot_be_had_is_refused_with_its_own_status_and_leaves_nothing(stratus, line, status, cause):
    said = stratus(line)
    assert (said.status, said.out) == (status, "")
    assert cause in said.err
    assert stratus.ok("describe -a --no-header").out == ""


def test_an_image_is_fetched_by_the_run_that_names_its_place(stratus):
    said = stratus.ok("run /images/other.img --name x -o json")
    assert said.json[0]["name"] == "x" and "copy ..." in said.err
    assert [row["name"] for row in stratus.ok("image list -o json").json] == ["other", "tiny"]
