"""-q and -v, which mean the same before a command and behind it."""

import json

import pytest

from stratus.drivers.link.memory import Fault
from tests.commands.test_front_door import COMMANDS


@pytest.mark.parametrize("line", ["-q {}", "{} -q", "{} --quiet", "-q {} -q"])
def test_quiet_silences_the_steps_and_not_the_result(stratus, line):
    assert stratus.ok(line.format("run tiny --ram 16 --wait")).err == ""
    assert stratus.ok(line.format("image import /images/other.img")).err == ""
    assert stratus.ok(line.format("describe --columns id --no-header")).out == "1\n"
    assert stratus.ok(line.format("run tiny --ram 16")).out == "2, 172.30.16.3\n"


def test_errors_are_told_until_q_is_said_three_times(stratus):
    assert stratus("-qq kill nobody").err.startswith("stratus: no instance")
    for line in ("-qqq kill nobody", "kill -q nobody -qq", "-qqq kill nobody -o json", "-qqq kill --colour"):
        said = stratus(line)
        assert said.status in (2, 3) and said.err == said.out == ""


def test_verbose_adds_details(stratus):
    stratus.ok("run tiny --name web --ram 16 --wait")
    for line in ("-v describe web", "describe -v web", "describe web --verbose"):
        assert "disk vda" in stratus.ok(line).out
    for line in ("-v log web", "log web -v"):
        assert "virsh -c memory: start one-1" in stratus.ok(line).out
    assert "virsh" not in stratus.ok("log web").out
    assert stratus("kill nobody -vvv").err.startswith("Traceback")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_both(stratus, command):
    text = stratus.ok(f"{command} --help").out
    assert text.count("-v, --verbose") == text.count("-q, --quiet") == 1


@pytest.mark.parametrize("place", ["describe -o json", "--verbose describe -o json"])
def test_every_end_is_told_as_json(stratus, place):
    def ends_with(problem):
        def opener():
            raise problem

        stratus.open = opener
        said = stratus(place)
        assert said.out == ""
        return said.status, json.loads(said.err)

    assert ends_with(KeyboardInterrupt()) == (130, {"code": "Interrupted", "cause": "interrupted", "fix": ""})
    status, told = ends_with(ZeroDivisionError("x"))
    assert (status, told["code"], told["cause"]) == (70, "Bug", "a bug: ZeroDivisionError: x")
    command, path = told["fix"].split()
    assert command == "less"
    import os

    os.unlink(path)


@pytest.mark.parametrize(
    "line",
    [
        "descrbe -o json",
        "describe --sort x -o json",
        "describe --colour -o json",
        "kill -o json",
        "-c x kill 1 -o json",
    ],
)
def test_what_is_wrong_with_the_line_is_told_as_json(stratus, line):
    said = stratus(line)
    told = json.loads(said.err)
    assert (said.status, told["code"]) == (2, "UsageError") and told["cause"]


def test_a_wait_that_gives_up_tells_each_phase_and_leaves_the_instance(stratus, node):
    node.link.fault = Fault.UNREACHABLE
    stratus("run tiny --name web --ram 16")
    before = stratus.ok("describe -o json --columns id,name,state,uuid,changed_s").json
    said = stratus("wait web --timeout 0.3 -o json")
    told = json.loads(said.err.splitlines()[-1])
    assert (said.status, told["code"]) == (10, "DeadlineExceeded")
    assert told["cause"].startswith("instance 1 is still in pending after 0.3 s (pending 0.")
    assert stratus.ok("describe -o json --columns id,name,state,uuid,changed_s").json == before
