"""A sick node: its cause and mend are named, others go on, and everything comes back when it does."""

import dataclasses
import threading
import time

import pytest

from stratus.actions import dispatch, observe, records
from stratus.actions.dispatch import once
from stratus.actions.resident import resident
from stratus.cloud import Links
from stratus.drivers.link.memory import Fault
from stratus.drivers.queue.memory import MemoryQueue
from stratus.errors import DeadlineExceeded, NoCapacity, NodeUnreachable, StratusError
from stratus.model.node import Ailment
from stratus.model.requests import (
    DescribeRequest,
    KillRequest,
    ListNodesRequest,
    LogRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.states import State
from tests.memory_cloud import ROOT, MemoryCloud

DEADLINE_S = 10.0
RESTART = "systemctl restart libvirtd"


class Gate:
    """A link that counts what passes, and lets nothing come back while it is shut."""

    def __init__(self, link):
        self.link, self.seen, self.open, self.entered = link, [], threading.Event(), threading.Event()
        self.open.set()

    def call(self, method, params, *, timeout_s=30.0):
        self.seen.append(method)
        if not self.open.is_set():
            self.entered.set()
            self.open.wait(DEADLINE_S)
            raise DeadlineExceeded(f"node1 did not answer {method} within {timeout_s:g} s")
        return self.link.call(method, params, timeout_s=timeout_s)

    def close(self):
        self.open.set()


@pytest.fixture
def two(tmp_path):
    """Two nodes, each with an instance that runs, a gate before each, and a clock that a test moves."""
    site = MemoryCloud(tmp_path, ("node1", "node2"))
    site.gates = {name: Gate(node.link) for name, node in site.nodes.items()}
    site.now = [time.time()]
    links = Links(lambda node: site.gates[node.name])
    site.cloud = dataclasses.replace(site.cloud, links=links, clock=lambda: site.now[0])
    for instance in site.run(count=2):
        arrive(site, instance.id)
    once(site.cloud)
    yield site
    for gate in site.gates.values():
        gate.open.set()
    site.close()


def arrive(site, instance_id, until="running"):
    return site.perform(WaitRequest((str(instance_id),), until, DEADLINE_S))[0].instance


def on(site, node):
    return next(view for view in site.perform(DescribeRequest()) if view.instance.node == node)


def reasons(site, instance):
    return [(reason.text, reason.fix) for reason in site.perform(WhyRequest(str(instance.id))).reasons]


def test_a_libvirt_that_hangs_is_named_with_its_mend_and_its_instances_come_back(two):
    hypervisor, (sick, well) = two.nodes["node1"].hypervisor, (on(two, "node1"), on(two, "node2"))
    hypervisor.hung = RESTART

    assert once(two.cloud) == (2, 2)
    assert on(two, "node1").instance.state is State.RUNNING
    two.now[0] += 2.0
    once(two.cloud)

    cause = "libvirt does not answer: list the domains: the hypervisor did not answer within 6 s"
    assert on(two, "node1").instance.state is State.UNKNOWN and on(two, "node2").instance == well.instance
    assert (f"node1 is sick: {cause}", RESTART) in reasons(two, sick.instance)
    assert on(two, "node1").stale == f"node1 is sick: {cause}" and on(two, "node2").stale == ""
    assert two.perform(ListNodesRequest(), ROOT)[0].sickness == cause
    assert {instance.node for instance in two.run(count=2)} == {"node2"}

    hypervisor.hung = ""
    once(two.cloud)
    assert on(two, "node1").instance.state is State.RUNNING
    assert two.perform(ListNodesRequest(), ROOT)[0].ailments == () and on(two, "node1").stale == ""


def test_an_order_to_a_hung_libvirt_fails_once_with_its_cause_and_a_kill_clears_up_later(two):
    hypervisor = two.nodes["node1"].hypervisor
    instance = on(two, "node1").instance
    hypervisor.hung = RESTART
    two.perform(KillRequest((str(instance.id),)))
    with pytest.raises(StratusError, match="did not answer within 6 s"):
        arrive(two, instance.id, "done")
    causes = [entry.cause for entry in two.perform(LogRequest(str(instance.id))).entries]
    assert len([cause for cause in causes if cause.startswith("kill failed")]) == 1

    hypervisor.hung = ""
    two.perform(KillRequest((str(instance.id),)))
    arrive(two, instance.id, "done")
    assert instance.domain not in hypervisor.domains()


def test_one_call_that_broke_tells_nothing_about_the_instances(two):
    two.nodes["node1"].link.fault = Fault.UNREACHABLE
    once(two.cloud)
    two.nodes["node1"].link.fault = None
    two.now[0] += 60.0
    once(two.cloud)
    states = [entry.state for entry in two.perform(LogRequest(str(on(two, "node1").instance.id))).entries]
    assert states == [State.PENDING, State.PROLOG, State.BOOT, State.RUNNING]


def test_a_description_of_a_silent_node_takes_its_time_once_and_tells_its_age(two):
    two.now[0] += 100.0
    two.gates["node1"].open.clear()

    dispatch.refresh(two.cloud, older_than_s=30.0, within_s=0.2)
    asked = len(two.gates["node1"].seen)
    two.now[0] += 20.0
    view = on(two, "node1")

    assert len(two.gates["node1"].seen) == asked
    assert view.age_s >= 120.0 and view.stale == "node1 does not answer: it took more than 0.2 s"
    assert on(two, "node2").age_s <= 20.0 and on(two, "node2").stale == ""


def test_nobody_is_asked_for_a_description_while_a_dispatcher_runs(two):
    two.cloud.ledger.acquire("dispatch", "somebody", 3600.0)
    seen = {name: len(gate.seen) for name, gate in two.gates.items()}
    two.now[0] += 1000.0

    assert on(two, "node1").age_s >= 1000.0
    assert {name: len(gate.seen) for name, gate in two.gates.items()} == seen


def test_a_node_that_takes_calls_and_never_answers_delays_no_other(two):
    two.gates["node1"].open.clear()
    stop = threading.Event()
    service = threading.Thread(target=resident, args=(two.cloud, stop), daemon=True)
    service.start()
    assert two.gates["node1"].entered.wait(DEADLINE_S)

    well = [instance for instance in two.run(count=4) if instance.node == "node2"]
    ran = [arrive(two, instance.id).state for instance in well]
    still_shut = not two.gates["node1"].open.is_set()
    stop.set()
    two.gates["node1"].open.set()
    service.join(DEADLINE_S)

    assert ran == [State.RUNNING] * 2 and still_shut and not service.is_alive()


def test_a_wait_for_an_instance_asks_its_own_node_only(two):
    instance = next(i for i in two.run(count=2) if i.node == "node2")
    two.gates["node1"].open.clear()
    before = len(two.gates["node1"].seen)

    assert arrive(two, instance.id).state is State.RUNNING
    assert len(two.gates["node1"].seen) == before


def test_a_late_answer_means_that_the_node_does_not_answer(two):
    node = records.node(two.cloud.ledger, "node1")[0]
    two.nodes["node1"].link.fault = Fault.SILENT

    with pytest.raises(NodeUnreachable, match="did not answer ping"):
        observe.ask(two.cloud, node, "ping", {}, timeout_s=0.05)


def test_what_is_odd_but_harmless_is_told_and_keeps_nothing_away(two):
    two.nodes["node1"].inbox.put(b"no order")
    two.nodes["node1"].worker.wake()
    while not two.nodes["node1"].inbox.poisoned():
        two.nodes["node1"].worker.wait(0.01, -1)
    once(two.cloud)

    (ailment,) = two.perform(ListNodesRequest(), ROOT)[0].ailments
    assert "it was given up: not an order" in ailment.text and not ailment.grave
    assert two.perform(ListNodesRequest(), ROOT)[0].sickness == ""
    assert (f"node1: {ailment.text}", ailment.mend) in reasons(two, on(two, "node1").instance)
    assert "node1" in {instance.node for instance in two.run(count=2)}


def test_a_full_disk_comes_before_what_is_harmless(two):
    node = records.node(two.cloud.ledger, "node1")[0]
    odd, full = Ailment("odd", grave=False), Ailment("its disk is full: 0 MiB free in /x", "df -h /x")
    sick = dataclasses.replace(node, ailments=(odd, full))
    assert sick.complaints == (("node1 is sick: its disk is full: 0 MiB free in /x", "df -h /x"), ("node1: odd", ""))
    assert sick.sickness == full.text


def test_a_list_of_nodes_tells_when_each_was_last_seen(two):
    two.now[0] += 500.0
    two.nodes["node1"].link.fault = Fault.UNREACHABLE
    once(two.cloud)
    seen = {node.name: two.now[0] - node.seen_s for node in two.perform(ListNodesRequest(), ROOT)}
    assert seen["node1"] >= 500.0 > 1.0 > seen["node2"]


@pytest.fixture
def service(two):
    """A resident dispatcher over the two nodes: how to stop it."""
    stop = threading.Event()
    thread = threading.Thread(target=resident, args=(two.cloud, stop), daemon=True)
    thread.start()
    while two.cloud.ledger.acquire("dispatch", "probe", 0.001) is not None:
        stop.wait(0.002)
    yield stop
    stop.set()
    for gate in two.gates.values():
        gate.open.set()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def until(site, so):
    """Wait until it is so; the clock goes on meanwhile."""
    end, tick = time.monotonic() + DEADLINE_S, threading.Event()
    while not so():
        assert time.monotonic() < end
        site.now[0] += 1.0
        tick.wait(0.02)


@pytest.mark.slow
def test_a_dispatcher_sees_a_node_fall_silent_and_come_back_by_itself(two, service):
    def node1():
        return records.node(two.cloud.ledger, "node1")[0]

    two.nodes["node1"].link.fault = Fault.UNREACHABLE
    two.run(count=2)
    until(two, lambda: node1().trouble)
    until(two, lambda: on(two, "node1").instance.state is State.UNKNOWN)
    two.nodes["node1"].link.fault = None
    until(two, lambda: all(view.instance.state is State.RUNNING for view in two.perform(DescribeRequest())))
    assert node1().trouble == "" and node1().blind_since_s == 0


@pytest.mark.slow
def test_a_dispatcher_outlives_a_disk_that_was_full_under_its_ledger(two, service):
    ledger, full = two.cloud.ledger, NoCapacity("no space is left for the ledger; nothing was changed")
    commit, acquire, refused = ledger.commit, ledger.acquire, []

    def refuse(*args, **options):
        refused.append(args)
        raise full

    two.run(count=2)
    ledger.commit, ledger.acquire = refuse, refuse
    two.now[0] += 10.0  # its lease has to be renewed
    until(two, lambda: len(refused) > 3)
    ledger.commit, ledger.acquire = commit, acquire
    until(two, lambda: all(view.instance.state is State.RUNNING for view in two.perform(DescribeRequest())))


def test_an_order_that_was_put_aside_fails_its_request_and_a_kill_clears_up(tmp_path):
    """Three agents died over it; the fourth one tells."""
    now = [1_800_000_000.0]
    site = MemoryCloud(tmp_path, queue=lambda path: MemoryQueue(clock=lambda: now[0]))
    node = site.nodes["node1"]
    node.close()
    site.run()
    for _ in range(3):
        assert node.inbox.claim().spent == ""
        now[0] += 61.0
    node.closed.clear()
    threading.Thread(target=node.worker.work, args=(node.closed.is_set,), daemon=True).start()
    with pytest.raises(StratusError, match="gave the order up after several tries: its holder fell silent"):
        arrive(site, 1)

    (failed,) = site.perform(DescribeRequest(("1",)))
    (given_up,) = node.inbox.poisoned()
    assert failed.instance.state is State.FAILED and node.inbox.place(given_up.name) in failed.instance.error
    assert records.node(site.cloud.ledger, "node1")[0].used.vcpu == 1  # it may run
    site.perform(KillRequest(("1",)))
    arrive(site, 1, "done")
    assert records.node(site.cloud.ledger, "node1")[0].used.vcpu == 0
    site.close()
