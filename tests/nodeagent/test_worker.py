"""The worker: the orders of one instance one after another, those of several at once; nothing stops the queue."""

import itertools
import json
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest

from stratus.drivers.queue.memory import MemoryQueue
from stratus.errors import NoCapacity
from stratus.model.codec import decode, encode
from stratus.model.order import Report
from stratus.nodeagent.journal import Journal
from stratus.nodeagent.worker import AT_ONCE, Worker
from tests.model import samples
from tests.nodeagent.machine import NOTHING, Machine

DEADLINE_S = 10.0


class Site:
    """A worker at work in a thread, over doors and queues in memory."""

    def __init__(self, folder):
        self.machine, self.inbox, self.outbox = Machine(), MemoryQueue(), MemoryQueue()
        self.journal = Journal(str(folder))
        self.worker = Worker(self.inbox, self.outbox, self.journal, self.machine.doors(), itertools.count(1.0).__next__)
        self.closed = threading.Event()
        self.thread = threading.Thread(target=self.worker.work, args=(self.closed.is_set,), daemon=True)

    def submit(self, *orders):
        for order in orders:
            self.put(json.dumps(encode(order)).encode())

    def put(self, body):
        self.inbox.put(body)
        self.worker.wake()

    def finish(self):
        """All reports, once everything is done and the worker has left."""
        self.closed.set()
        self.worker.wake()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()
        return [decode(Report, json.loads(body)) for _, body in self.outbox.bodies(limit=1000)]


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.closed.set()
    site.worker.wake()


@contextmanager
def starts_held_back(site):
    """Starts of domains wait until the context ends; gives (a semaphore of who came, who came in which order)."""
    gate, came, names = threading.Event(), threading.Semaphore(0), []
    start = site.machine.hypervisor.start

    def held(name):
        names.append(name)
        came.release()
        assert gate.wait(DEADLINE_S)
        start(name)

    site.machine.hypervisor.start = held
    try:
        yield came, names
    finally:
        gate.set()


def test_orders_of_one_instance_are_carried_out_in_order(site):
    orders = [samples.order(verb, number) for number, verb in enumerate(("run", "stop", "start", "reboot", "kill"), 1)]
    site.submit(*orders)
    site.thread.start()
    reports = site.finish()
    assert [report.order_id for report in reports] == [order.id for order in orders]
    assert all(report.done for report in reports)
    assert site.machine.holds() == NOTHING


def test_others_that_cannot_be_woken_keep_the_next_order_of_the_instance_from_nothing(site):
    def nobody():
        raise OSError("no descriptor is left")

    site.submit(samples.order("run", 1), samples.order("stop", 2))
    doors, clock = site.machine.doors(), itertools.count(1.0).__next__
    worker = Worker(site.inbox, site.outbox, site.journal, doors, clock, tell_others=nobody)
    worker.work(lambda: True)
    assert len(site.outbox.bodies(limit=9)) == 2


def test_instances_do_not_wait_for_each_other_and_a_kill_waits_for_the_run(site):
    site.thread.start()
    with starts_held_back(site) as (came, names):
        many = [samples.order("run", number, samples.instance(number)) for number in range(1, AT_ONCE + 1)]
        site.submit(*many, samples.order("kill", 99, samples.instance(1)))
        for _ in many:
            assert came.acquire(timeout=DEADLINE_S)
        assert sorted(names) == [f"one-{number}" for number in range(1, AT_ONCE + 1)]
        assert site.outbox.bodies(limit=9) == []
    reports = site.finish()
    assert len(reports) == AT_ONCE + 1 and all(report.done for report in reports)
    assert "one-1" not in site.machine.hypervisor.domains()


GARBAGE = [
    b"",
    b"not json",
    b"\xff\xfe\0",
    b"[]",
    b"null",
    b'{"id": "x"}',
    b"[" * 100_000,
    json.dumps(encode(samples.order()) | {"steps": [{"kind": "EraseDisk", "path": "/dev/sda"}]}).encode(),
    json.dumps(encode(samples.order()) | {"generation": "7"}).encode(),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: garbage[:12].decode("latin-1"))
def test_what_is_no_order_goes_to_the_poison_box_and_the_queue_goes_on(site, garbage):
    site.put(garbage)
    site.submit(samples.order())
    site.thread.start()
    (report,) = site.finish()
    assert report.done
    (poisoned,) = site.inbox.poisoned()
    assert poisoned.body == garbage
    assert poisoned.reason.startswith("not an order")


def test_an_error_that_nobody_expected_is_tried_three_times_then_undone_and_reported(site):
    site.machine.break_start(KeyError("a bug"))
    site.submit(samples.order())
    site.thread.start()
    (report,) = site.finish()
    assert site.machine.hypervisor.starts == 3
    assert report.fault is not None
    assert report.fault.message == "the node's agent gave the order up: KeyError: 'a bug'"
    assert site.machine.holds() == NOTHING
    assert [poisoned.reason for poisoned in site.inbox.poisoned()] == ["KeyError: 'a bug'"]
    assert site.journal.ended(report.order_id) == report


def test_an_error_that_passes_is_survived(site):
    site.machine.break_start(OSError("for a moment"))
    mended = type(site.machine.hypervisor).start

    def start(name):
        mended_now = site.machine.hypervisor.starts >= 1
        site.machine.hypervisor.broken = None if mended_now else site.machine.hypervisor.broken
        mended(site.machine.hypervisor, name)

    site.machine.hypervisor.start = start
    site.submit(samples.order())
    site.thread.start()
    (report,) = site.finish()
    assert report.done
    assert site.inbox.poisoned() == []


def test_an_outbox_that_takes_nothing_blocks_neither_other_orders_nor_the_end(site):
    put, refused = site.outbox.put, []

    def once_full(body):
        if len(refused) < 2:
            refused.append(body)
            raise NoCapacity("the disk is full")
        return put(body)

    site.outbox.put = once_full
    site.submit(samples.order("run", 1), samples.order("run", 2, samples.instance(2)))
    site.thread.start()
    reports = site.finish()
    assert sorted(report.instance_id for report in reports) == [1, 2]
    assert all(report.done for report in reports)


@pytest.mark.slow
def test_an_inbox_that_cannot_be_read_for_a_while_is_tried_again(site):
    claim, failures = site.inbox.claim, iter([OSError("input/output error")])

    def moody():
        for failure in failures:
            raise failure
        return claim()

    site.inbox.claim = moody
    site.submit(samples.order())
    site.thread.start()
    while not site.outbox.bodies(limit=1):
        heard = site.worker.heard()
        site.worker.wait(0.05, heard)
    (report,) = site.finish()
    assert report.done


def test_a_duplicate_gives_the_same_report_again(site):
    order = samples.order()
    site.submit(order, order, order)
    site.thread.start()
    reports = site.finish()
    assert len(reports) == 3 and len(set(reports)) == 1
    assert site.machine.hypervisor.starts == 1


def test_a_wake_between_looking_and_waiting_is_not_lost(site):
    heard = site.worker.heard()
    site.worker.wake()
    returned = threading.Event()

    def wait():
        site.worker.wait(DEADLINE_S, heard)
        returned.set()

    threading.Thread(target=wait, daemon=True).start()
    assert returned.wait(DEADLINE_S / 2)


@pytest.mark.parametrize("damage", [b"{}\n", b"no json\n", b"[]\n", b'{"event": "finish", "step": "x"}\n'])
def test_an_order_whose_journal_is_damaged_fails_and_names_the_file(site, tmp_path, damage):
    order = samples.order()
    journal = tmp_path / "open" / order.id
    journal.write_bytes(damage)
    site.submit(order, samples.order("run", 2, samples.instance(2)))
    site.thread.start()
    reports = {report.instance_id: report for report in site.finish()}
    assert reports[2].done and reports[1].fault is not None
    assert f"the journal {journal} is damaged" in reports[1].fault.message and not reports[1].clean
    assert site.inbox.place(site.inbox.poisoned()[0].name) in reports[1].fault.message


def test_foreign_and_damaged_things_in_the_journal_stop_nothing(site, tmp_path):
    order = samples.order()
    for folder in ("open", "ended", "seen"):
        (tmp_path / folder / "a-folder").mkdir()
        (tmp_path / folder / "a-link").symlink_to("/etc/passwd")
        (tmp_path / folder / "notes.txt").write_text("hello")
    (tmp_path / "ended" / order.id).write_bytes(b"{")
    (tmp_path / "seen" / "1").write_bytes(b"\xff\xfe")
    site.submit(order)
    site.thread.start()
    (report,) = site.finish()
    assert report.done and site.journal.ended(order.id) == report


def test_guests_that_do_not_obey_keep_nobody_else_from_being_served(site):
    """More stops wait for stubborn guests than orders are carried out at once; another instance is run meanwhile."""
    stubborn = range(1, AT_ONCE + 3)
    site.machine.hypervisor.shut_down = lambda name: None
    for number in stubborn:
        site.machine.do(samples.order("run", number, samples.instance(number)).steps)
        site.submit(patient_stop(100 + number, number))
    site.thread.start()
    site.submit(samples.order("run", 50, samples.instance(50)))
    site.worker.wake()
    assert _first_report(site).instance_id == 50
    for number in stubborn:
        site.machine.hypervisor.destroy(f"one-{number}")
    assert len(site.finish()) == len(stubborn) + 1


def test_a_kill_ends_the_wait_for_its_own_guest(site):
    site.machine.hypervisor.shut_down = lambda name: None
    site.machine.do(samples.order("run", 1).steps)
    site.submit(patient_stop(2), samples.order("kill", 3))
    site.thread.start()
    stop, kill = site.finish()
    assert stop.fault is not None and "since it is to be killed" in stop.fault.message
    assert kill.done and site.machine.holds() == NOTHING


def test_a_claim_that_a_jump_of_the_clock_made_old_is_not_carried_out_twice(site, tmp_path):
    now = [1_800_000_000.0]
    site.inbox = MemoryQueue(clock=lambda: now[0])
    site.worker = Worker(site.inbox, site.outbox, site.journal, site.machine.doors())
    site.thread = threading.Thread(target=site.worker.work, args=(site.closed.is_set,), daemon=True)
    site.thread.start()
    with starts_held_back(site) as (came, names):
        site.submit(samples.order())
        assert came.acquire(timeout=DEADLINE_S)
        for jump_s in (3600.0, -7200.0, 3600.0):
            now[0] += jump_s
            site.put(b"something else that is claimed after it")
            while len(site.inbox.poisoned()) == 0 or site.inbox.bodies(limit=9)[1:]:
                site.worker.wait(0.02, site.worker.heard())
        assert names == ["one-1"]
    (report,) = site.finish()
    assert report.done and site.inbox.bodies(limit=9) == []


def patient_stop(number, instance_id=1):
    """A stop that waits for its guest as long as a test may take."""
    order = samples.order("stop", number, samples.instance(instance_id))
    return replace(order, steps=tuple(replace(step, deadline_s=DEADLINE_S) for step in order.steps))


def _first_report(site):
    while not (reports := site.outbox.bodies(limit=1)):
        site.worker.wait(0.05, site.worker.heard())
    return decode(Report, json.loads(reports[0][1]))
