"""Orders that come more than once, in another order or from another life, and jobs that last longer than anything."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model.codec import encode
from stratus.model.order import Order
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import HEARTBEAT_S, Worker
from tests.faults.disk_site import AtOnce
from tests.model import samples
from tests.nodeagent.machine import Machine

DEADLINE_S = 20.0
DAY_S = 86400.0


class Boots(Machine):
    """A machine that counts what really powers a domain on, off or resets it."""

    def __init__(self):
        super().__init__()
        self.done = Counter()
        for name in ("start", "destroy", "reboot"):
            setattr(self.hypervisor, name, self._counted(name, getattr(self.hypervisor, name)))

    def _counted(self, name, method):
        def call(*args, **options):
            before = self.hypervisor.domains()
            method(*args, **options)
            if name == "reboot" or before != self.hypervisor.domains():
                self.done[name] += 1

        return call


class Node:
    """One node on a disk."""

    def __init__(self, folder, **options):
        self.folder, self.machine = folder, Boots()
        self.inbox, self.outbox = (DirQueue(folder / name, archive_keep=0, **options) for name in ("inbox", "outbox"))
        self.journal = Journal(str(folder / "journal"))

    def work(self, *orders: Order):
        """The reports that come when these are in the inbox, by order id: the kinds of the faults."""
        for order in orders:
            self.inbox.put(json.dumps(encode(order)).encode())
        Worker(self.inbox, self.outbox, self.journal, self.machine.doors(), pool=AtOnce).work(lambda: True)
        found: dict[str, list[str]] = {}
        for name, body in self.outbox.bodies(limit=99):
            report = json.loads(body)
            found.setdefault(report["order_id"], []).append((report["fault"] or {"code": ""})["code"])
            self.outbox.remove(name)
        return found


@pytest.fixture
def node(in_memory):
    return Node(in_memory)


VERBS = ("run", "stop --force", "start", "reboot")
ORDERS = [samples.order(verb, number) for number, verb in enumerate(VERBS, start=1)]


@pytest.mark.parametrize("sequence", list(itertools.permutations(range(4))), ids=lambda order: "".join(map(str, order)))
def test_orders_that_come_three_times_and_in_any_order_have_each_one_effect_or_are_refused_as_stale(node, sequence):
    """What is older than what was done already is refused; the same order is only answered again."""
    newest, allowed = -1, set()
    for number in sequence:
        if number > newest:
            newest = number
            allowed.add(number)
    three_times = [ORDERS[number] for number in sequence for _ in range(3)]
    found = node.work(*three_times)

    for number, order in enumerate(ORDERS):
        first, *again = found[order.id]
        assert again == [first, first]
        assert (first == "StaleOrder") == (number not in allowed)
    assert node.machine.done["start"] <= len(allowed & {0, 2}) and node.machine.done["reboot"] <= len(allowed & {3})
    assert found == node.work(*three_times)


def test_an_order_of_an_older_life_is_refused_though_its_generation_is_higher(node):
    old, new = samples.order("run", 5), samples.order("stop --force", 1)
    new = Order(new.id, new.instance_id, 2, 2, new.verb, new.steps)
    late = Order("000000000009-1", old.instance_id, 9, 1, "run", old.steps)
    assert node.work(old) == {old.id: [""]}
    assert node.work(new, late) == {new.id: [""], late.id: ["StaleOrder"]}
    assert node.machine.holds()["domains"] == {"one-1": "off"}


def test_a_job_that_lasts_longer_than_its_claim_and_than_any_purge_is_done_once(in_memory):
    """Its worker's clock goes on by forty days while a step is under way, and others open and tidy the same folders."""
    now = [1_000_000.0]
    node = Node(in_memory, clock=lambda: now[0])
    begun, go_on = threading.Event(), threading.Event()
    start = node.machine.hypervisor.start

    def slow(name):
        begun.set()
        assert go_on.wait(DEADLINE_S)
        start(name)

    node.machine.hypervisor.start = slow
    claims = Looked(node.inbox)
    worker = Worker(claims, node.outbox, node.journal, node.machine.doors(), clock=lambda: now[0])
    node.inbox.put(json.dumps(encode(samples.order())).encode())
    thread = threading.Thread(target=worker.work, args=(lambda: True,))
    thread.start()
    assert begun.wait(DEADLINE_S)
    for _ in range(5):
        now[0] += 8 * DAY_S
        for _ in range(2):
            worker.wake()
            claims.await_look()
        DirQueue(in_memory / "inbox", archive_keep=0, clock=lambda: now[0])
        Journal(str(in_memory / "journal")).prune(now[0] + 10 * 365 * DAY_S)
    go_on.set()
    thread.join(DEADLINE_S)

    assert node.machine.done["start"] == 1
    assert len(node.outbox.bodies(limit=9)) == 1 and node.inbox.bodies(limit=9) == node.inbox.poisoned() == []
    assert node.journal.seen(1).order_id == samples.order().id


class Looked:
    """The inbox, with a count of who looked for work."""

    def __init__(self, queue):
        self._queue, self._looked = queue, threading.Semaphore(0)

    def claim(self):
        claim = self._queue.claim()
        self._looked.release()
        return claim

    def await_look(self):
        while self._looked.acquire(blocking=False):
            pass
        assert self._looked.acquire(timeout=DEADLINE_S)

    def __getattr__(self, name):
        return getattr(self._queue, name)


STOPPED = """
import sys, threading
from pathlib import Path
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import Worker
from tests.nodeagent.machine import Machine
root, machine = Path(sys.argv[1]), Machine()
inbox, outbox = (DirQueue(root / name, archive_keep=0) for name in ("inbox", "outbox"))
start = machine.hypervisor.start
def slow(name):
    print("begun", flush=True)
    sys.stdin.readline()
    start(name)
machine.hypervisor.start = slow
Worker(inbox, outbox, Journal(str(root / "journal")), machine.doors()).work(lambda: True)
print(machine.hypervisor.starts, len(outbox.bodies(limit=9)), len(inbox.bodies(limit=9)), flush=True)
"""


@pytest.mark.slow
def test_a_worker_that_was_stopped_until_its_claim_was_old_goes_on_and_does_it_once(in_memory):
    node = Node(in_memory)
    node.inbox.put(json.dumps(encode(samples.order())).encode())
    argv = [sys.executable, "-c", STOPPED, str(in_memory)]
    repository = Path(__file__).parents[2]
    with subprocess.Popen(argv, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        late = threading.Timer(DEADLINE_S, process.kill)
        late.start()
        assert process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        (lock,) = (in_memory / "inbox").glob("*/*.lck")
        os.utime(lock, (0, os.stat(lock).st_mtime - 10 * HEARTBEAT_S))  # so long it was stopped, the queue must think
        os.kill(process.pid, signal.SIGCONT)
        said, _ = process.communicate("\n", timeout=DEADLINE_S)
        late.cancel()
    assert said.split() == ["1", "1", "0"]
