"""An order that kills the agent's own process goes aside after a few tries, with a report; nobody else is blamed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model.codec import decode, encode
from stratus.model.order import Report
from tests.model import samples

pytestmark = pytest.mark.slow

ROOT = str(Path(__file__).parents[2])
POISON = 7
DEATHS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL); signal.pause()",
    "ended": "os._exit(3)",
    "crashed": "ctypes.string_at(0)",
    "out of memory": "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); exhaust()",
}
# One life of an agent: it carries out what the inbox holds; starting the domain one-7 kills it, however it is begun.
LIFE = """
import ctypes, os, resource, signal, sys, threading
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from tests.nodeagent.machine import Machine

def exhaust():
    try:
        hoard = [b"x" * 2**20 for _ in range(4096)]
    except MemoryError:
        os.abort()

folder, death = sys.argv[1:]
machine = Machine()  # it forgets its domains from life to life, so that starting one needs no definition
together = threading.Barrier(4)  # the poison strikes while three others are in hand, as long as there are so many

def moody(name):
    try:
        together.wait(0.5)
    except threading.BrokenBarrierError:
        pass
    if name == "one-7":
        exec(death)

machine.hypervisor.start = moody
inbox, outbox = (DirQueue(f"{folder}/{name}", archive_keep=0) for name in ("inbox", "outbox"))
Worker(inbox, outbox, Journal(f"{folder}/journal"), machine.doors()).work(lambda: True)
"""


def lives_until_quiet(folder, death):
    """How often an agent had to be started until its inbox was empty, and how each ended."""
    ends = []
    inbox = DirQueue(folder / "inbox", archive_keep=0)
    while inbox.bodies(limit=1):
        assert len(ends) < 8, ends
        command = [sys.executable, "-c", LIFE, str(folder), death]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": ROOT}, timeout=60, check=False, stderr=subprocess.DEVNULL
        )
        ends.append(done.returncode)
    return ends


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS)
def test_an_order_that_kills_the_agent_is_reported_and_put_aside_and_all_others_are_done(tmp_path, death):
    inbox = DirQueue(tmp_path / "inbox", archive_keep=0)
    for number in range(1, 13):
        inbox.put(json.dumps(encode(samples.order("run", number, samples.instance(number)))).encode())

    ends = lives_until_quiet(tmp_path, death)

    reports = {r.instance_id: r for r in map(_report, DirQueue(tmp_path / "outbox").bodies(limit=99))}
    assert len([end for end in ends if end]) == 3 and ends[-1] == 0
    assert reports.keys() == set(range(1, 13))
    assert [number for number, report in reports.items() if not report.done] == [POISON]
    bad = reports[POISON]
    (given_up,) = inbox.poisoned()
    place = inbox.place(given_up.name)
    assert Path(place).exists() and place in bad.fault.message and "died" in bad.fault.message
    assert not bad.clean  # what was begun may still be there


def test_a_duplicate_of_what_was_put_aside_is_answered_and_not_tried(tmp_path):
    inbox = DirQueue(tmp_path / "inbox", archive_keep=0)
    order = json.dumps(encode(samples.order("run", POISON, samples.instance(POISON)))).encode()
    inbox.put(order)
    lives_until_quiet(tmp_path, DEATHS["ended"])
    inbox.put(order)

    assert lives_until_quiet(tmp_path, DEATHS["ended"]) == [0]
    first, second = map(_report, DirQueue(tmp_path / "outbox").bodies(limit=99))
    assert first == second and first.fault is not None


def test_an_agent_that_dies_while_it_tells_of_poison_tells_the_same_again(tmp_path):
    inbox = DirQueue(tmp_path / "inbox", archive_keep=0)
    inbox.put(json.dumps(encode(samples.order("run", POISON, samples.instance(POISON)))).encode())
    for _ in range(3):
        claim = inbox.claim()
        inbox.release(claim, reason="process 1 died") if claim.tries < 3 else None
    dying = LIFE.replace("Worker(inbox", "outbox.put = lambda body: os._exit(4)\nWorker(inbox")
    os.utime(tmp_path / "inbox" / f"{claim.name}.lck", (0, 0))
    for code in (dying, LIFE):
        command = [sys.executable, "-c", code, str(tmp_path), DEATHS["ended"]]
        subprocess.run(command, env={**os.environ, "PYTHONPATH": ROOT}, timeout=60, check=False)

    (report,) = map(_report, DirQueue(tmp_path / "outbox").bodies(limit=99))
    assert report.fault is not None and len(inbox.poisoned()) == 1


def _report(element):
    return decode(Report, json.loads(element[1]))
