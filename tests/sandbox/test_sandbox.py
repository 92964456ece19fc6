"""A whole sandbox, typed as a newcomer does."""

import os
import signal
import subprocess
import sys

import pytest

from stratus.commands.sandbox.shell import environ_inside
from stratus.sandbox import process
from tests.sandbox.terminal import Inside, typed


def test_instances_live_as_anywhere_and_nobody_is_inside(inside):
    assert inside.ok("image list -o name").out == "tiny\n"
    inside.ok("run tiny --name web -n 3 --ram 64 --wait")
    assert inside.states() == {"web-1": "running", "web-2": "running", "web-3": "running"}
    inside.ok("stop web-1 --wait")
    inside.ok("start web-1 --wait")
    assert "let 172.30" in inside.ok("log web-1").out
    assert "sandbox" in inside("connect web-1").err
    assert "sandbox" in inside("console web-1").err
    assert "sandbox" in inside("wait web-1 --for ssh").err
    assert inside.ok("doctor").status == 0
    inside.ok("kill web-1 web-2 web-3 --wait")
    assert inside.states() == {}


@pytest.mark.slow
def test_the_agent_dies_in_the_middle_and_the_order_ends_once(inside):
    inside.ok("sandbox fault node1 crash")
    inside.ok("run tiny --name web --ram 64 --wait")
    assert inside.ok("sandbox faults -o json").json == []
    assert inside.ok("log web").out.count("run is done") == 1


def test_a_full_disk_fails_the_run_and_keeps_others_away(inside):
    for node in ("node1", "node2", "node3"):
        inside.ok(f"sandbox fault {node} disk-full")
    said = inside("run tiny --name web --ram 64 --wait")
    assert said.status == 1 and "No space left on device" in said.err


@pytest.mark.slow
def test_a_machine_that_is_started_anew_runs_again_what_ran(inside):
    inside.ok("run tiny --name web --ram 64 --wait")
    node = inside.ok("describe web -o json").json[0]["node"]
    inside.ok(f"sandbox fault {node} reboot")
    inside.until("log web", "its node was restarted")
    inside.until("log web", "start is done")
    assert inside.states() == {"web": "running"}


@pytest.mark.slow
def test_a_node_that_cannot_be_reached_is_named_and_its_order_waits(inside):
    for node in ("node1", "node2", "node3"):
        inside.ok(f"sandbox fault {node} partition")
    inside.ok("run tiny --name web --ram 64")
    assert inside("wait web --timeout 1").status == 10
    assert "cut off" in inside.ok("why web").out
    for node in ("node1", "node2", "node3"):
        inside.ok(f"sandbox fault {node} none")
    inside.ok("wait web")
    assert inside.ok("log web").out.count("run is done") == 1


def test_a_fault_is_listed_and_ends(inside):
    inside.ok("sandbox fault node2 slow --by 0.01 --for 1000")
    assert [each["node"] for each in inside.ok("sandbox faults -o json").json] == ["node2"]
    inside.ok("sandbox fault node2 none")
    assert inside.ok("sandbox faults -o json").json == []
    assert inside("sandbox fault node99 hang").status == 3


def test_start_again_says_that_it_runs_and_list_shows_it(inside):
    assert "runs already" in inside.ok("sandbox start").err
    assert str(inside.place.folder) in inside.ok("sandbox list -o name").out.split()


@pytest.mark.slow
def test_a_killed_sandbox_goes_on_where_it_was_and_stop_leaves_nothing(tmp_path):
    folder = tmp_path / ("with 'quotes' and %s " + "x" * 90)
    inside = Inside(folder, 2)
    try:
        inside.ok("run tiny --name web -n 2 --ram 64 --wait")
        inside.kill()
        assert inside("sandbox faults").status == 9
        assert inside("sandbox shell").status == 4
        assert inside.start()
        assert inside.states() == {"web-1": "running", "web-2": "running"}
        assert inside.ok("doctor").status == 0
        inside.ok("kill web-1 web-2 --wait")
        inside.ok("sandbox stop")
        assert os.listdir(tmp_path) == []
    finally:
        inside.close()


def test_one_command_in_a_sandbox_of_its_own(tmp_path):
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    assert typed(environ, "sandbox run --nodes 1 -- sh -c 'exit 7'").status == 7
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_job_that_is_given_up_leaves_no_sandbox_behind(tmp_path, number):
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    argv = (
        sys.executable,
        "-m",
        "stratus",
        "sandbox",
        "run",
        "--nodes",
        "1",
        "--",
        "sh",
        "-c",
        "echo up; exec sleep 60",
    )
    with subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as job:
        assert job.stdout.readline() == "up\n"
        (place, _) = next(found for found in process.running() if tmp_path in found[0].folder.parents)
        job.send_signal(number)
        assert "Traceback" not in job.stderr.read()
    assert job.returncode == 128 + number
    assert os.listdir(tmp_path) == []
    assert place.pid() is None


def test_more_nodes_are_added_to_a_sandbox_that_runs_and_it_keeps_them(tmp_path):
    inside = Inside(tmp_path / "box", 2)
    try:
        inside.ok("sandbox start --nodes 4")
        inside.ok("node remove node1")
        inside.ok("sandbox start")
        assert inside.ok("node list -o name").out.split() == ["node2", "node3", "node4"]
        inside.kill()
        (inside.place.config).write_text("[stratus]\nstate_dir = /nowhere\n")
        inside.nodes = 0
        assert inside.start()
        assert inside.ok("node list -o name").out.split() == ["node2", "node3", "node4"]
        inside.ok("run tiny --ram 64 --wait")
    finally:
        inside.close()


def test_nodes_are_renamed_and_removed_and_nothing_is_installed_from_inside(tmp_path):
    inside = Inside(tmp_path / "box", 2)
    try:
        inside.ok("node rename node2 paris")
        inside.ok("run tiny --requirements NAME=paris --ram 64 --wait")
        inside.ok("node remove node1")
        assert inside.ok("node list -o name").out.split() == ["paris"]
        for line in ("install", "uninstall --yes"):
            said = inside(line)
            assert said.status == 4 and "this is a sandbox" in said.err
    finally:
        inside.close()


def test_a_shell_that_is_not_there_is_named(inside):
    said = typed({**environ_inside(inside.place, inside.environ), "SHELL": "/no/such/shell"}, "sandbox shell")
    assert said.status == 3 and "/no/such/shell cannot be run" in said.err


def test_a_command_that_is_not_there_is_named(tmp_path):
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    said = typed(environ, "sandbox run --nodes 1 -- /no/such/command")
    assert said.status == 3 and "/no/such/command cannot be run: No such file or directory" in said.err
    assert typed(environ, "sandbox run --xyzzy").status == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("line", ["sandbox shell", "sandbox stop", "sandbox fault node1 hang", "sandbox faults"])
def test_without_a_sandbox_the_next_command_is_named(tmp_path, line):
    said = typed({"HOME": str(tmp_path)}, line)
    assert said.status == 3
    assert "stratus sandbox start" in said.err
