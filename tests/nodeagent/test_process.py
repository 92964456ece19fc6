"""The real agent as a process: what it accepted survives its channel, and a kill in the middle."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from stratus.drivers.link.local import LocalLink
from stratus.errors import BadInput, NodeUnreachable, StratusError
from stratus.model.codec import decode, encode
from stratus.model.order import Order, Report
from stratus.model.steps import MakeFolder, RemoveFolder, WriteRecord

pytestmark = pytest.mark.slow

AGENT = (sys.executable, "-P", "-m", "stratus.nodeagent")
DEADLINE_S = 30.0
ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def link(state_dir):
    link = open_link(state_dir)
    yield link
    link.close()


def open_link(state_dir):
    told = (f"STRATUSLAB_STATE_DIR={state_dir}", f"PYTHONPATH={ROOT}")
    return LocalLink(("env", *told, *AGENT), start_timeout_s=DEADLINE_S)


def folder(state_dir, number):
    return f"{state_dir}/instances/{number}"


def order(state_dir, number, *steps, instance=1):
    return Order(f"{number:012d}-{instance}", instance, number, 1, "run", steps)


def files_of_a_run(state_dir, number=1, records=1):
    path = folder(state_dir, number)
    texts = (WriteRecord(f"{path}/record{n}.json", "{}\n" * 20_000) for n in range(records))
    return (MakeFolder(path), *texts)


def submit(link, *orders):
    return link.call("submit", {"orders": [encode(one) for one in orders]}, timeout_s=DEADLINE_S)


def collect(link, count):
    """The reports of `count` orders, once they are all there."""
    deadline, found = time.monotonic() + DEADLINE_S, {}
    while len(found) < count and time.monotonic() < deadline:
        for name, body in link.call("collect", {"wait_s": 1.0}, timeout_s=DEADLINE_S)["reports"]:
            report = decode(Report, body)
            found[report.order_id] = report
            link.call("acknowledge", {"names": [name]}, timeout_s=DEADLINE_S)
    return found


def until(what, happened):
    deadline = time.monotonic() + DEADLINE_S
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.005)


def test_it_answers_works_and_reports(link, state_dir):
    assert link.call("ping", {}, timeout_s=DEADLINE_S) == {"epoch": 0}
    submit(link, order(state_dir, 1, *files_of_a_run(state_dir)))
    (report,) = collect(link, 1).values()
    assert report.done
    assert os.listdir(folder(state_dir, 1)) == ["record0.json"]
    submit(link, order(state_dir, 2, RemoveFolder(folder(state_dir, 1))))
    (report,) = collect(link, 1).values()
    assert report.done and os.listdir(f"{state_dir}/instances") == []
    assert link.call("collect", {}, timeout_s=DEADLINE_S) == {"reports": []}


def test_garbage_is_refused_and_the_agent_lives_on(link):
    for params in ({"orders": [{"id": "x"}]}, {"orders": [7]}):
        with pytest.raises(BadInput):
            link.call("submit", params, timeout_s=DEADLINE_S)
    for params in ({}, {"orders": 7}):
        with pytest.raises(StratusError):
            link.call("submit", params, timeout_s=DEADLINE_S)
    assert link.call("ping", {}, timeout_s=DEADLINE_S) == {"epoch": 0}


def test_a_step_outside_the_instances_folders_is_refused_by_the_node(link, state_dir, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    submit(link, order(state_dir, 1, RemoveFolder(str(victim))))
    (report,) = collect(link, 1).values()
    assert report.fault is not None and report.fault.code == BadInput.__name__
    assert victim.exists()


def test_what_was_accepted_is_done_though_the_channel_ended_at_once(link, state_dir):
    submit(link, *(order(state_dir, n, *files_of_a_run(state_dir, n, 3), instance=n) for n in range(1, 6)))
    link.close()
    until("the records are written", lambda: len(list(Path(state_dir, "instances").glob("*/record2.json"))) == 5)
    again = open_link(state_dir)
    reports = collect(again, 5)
    again.close()
    assert len(reports) == 5 and all(report.done for report in reports.values())


def test_an_agent_that_was_killed_in_the_middle_is_succeeded_by_one_that_finishes(link, state_dir):
    records = 200
    run = order(state_dir, 1, *files_of_a_run(state_dir, 1, records))
    submit(link, run)
    journal = Path(state_dir, "node/journal/open", run.id)
    until("it is in the middle", lambda: journal.exists() and journal.read_bytes().count(b"finish") > 5)
    os.kill(agent_pid(state_dir), signal.SIGKILL)
    with pytest.raises(NodeUnreachable):
        link.call("collect", {"wait_s": DEADLINE_S}, timeout_s=DEADLINE_S)
    done_before = len(written(state_dir))
    again = open_link(state_dir)
    reports = collect(again, 1)
    again.close()
    report = reports[run.id]
    assert 0 < done_before < records
    assert report.done and len(report.timings) == records + 1
    assert len(written(state_dir)) == records
    assert not journal.exists()


def written(state_dir):
    """The records that are there, whole; what a killed agent was writing aside does not count."""
    return [path for path in Path(folder(state_dir, 1)).glob("record*.json") if path.stat().st_size == 60_000]


def agent_pid(state_dir):
    """Of the one agent that has this state directory in its environment."""
    told = f"STRATUSLAB_STATE_DIR={state_dir}".encode()
    for entry in os.listdir("/proc"):
        if entry.isdigit() and entry != str(os.getpid()):
            try:
                if told in Path("/proc", entry, "environ").read_bytes().split(b"\0"):
                    return int(entry)
            except (PermissionError, FileNotFoundError, ProcessLookupError):
                continue
    raise AssertionError("there is no agent")


def test_two_agents_share_the_work_and_nothing_is_done_twice(link, state_dir):
    other = open_link(state_dir)
    other.call("ping", {}, timeout_s=DEADLINE_S)
    submit(link, *(order(state_dir, n, *files_of_a_run(state_dir, n), instance=n) for n in range(1, 11)))
    link.close()
    reports = collect(other, 10)
    assert len(reports) == 10 and all(report.done for report in reports.values())
    assert other.call("collect", {"wait_s": 0.3}, timeout_s=DEADLINE_S) == {"reports": []}
    other.close()
    ended = [json.loads(path.read_bytes()) for path in Path(state_dir, "node/journal/ended").iterdir()]
    assert len(ended) == 10
