"""The resident dispatcher's watch: whom it looks at and when, and workers that are there only while there is work."""

import dataclasses
import threading
import time

import pytest

from stratus.actions import records
from stratus.actions.crew import Crew, Work
from stratus.actions.resident import LIST_S, LOOKS_PER_S, SWEEP_S, Rounds
from stratus.actions.term import LEASE, Term
from stratus.model.domain import Power
from stratus.model.states import State

DEADLINE_S = 10.0


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def with_nodes(cloud, count):
    """The cloud with so many nodes in its ledger; that they are one and the same does not matter here."""
    node, _ = records.node(cloud.ledger, "node1")
    names = [f"node{number:04}" for number in range(2, count + 1)]
    cloud.ledger.commit([records.put_node(dataclasses.replace(node, name=name), 0) for name in names])
    return cloud


def test_a_node_is_looked_at_at_once_and_then_every_while(site):
    clock, rounds = Clock(), Rounds()
    cloud = dataclasses.replace(site.cloud, monotonic=clock)
    assert rounds.due(cloud) == ["node1"]
    assert rounds.due(cloud) == []
    clock.now_s += SWEEP_S
    assert rounds.due(cloud) == ["node1"]


def test_a_new_node_is_seen_and_one_that_was_removed_is_forgotten(site):
    clock, rounds = Clock(), Rounds()
    cloud = dataclasses.replace(site.cloud, monotonic=clock)
    rounds.due(cloud)
    with_nodes(cloud, 2)
    clock.now_s += LIST_S
    assert rounds.due(cloud) == ["node0002"]
    node, revision = records.node(cloud.ledger, "node0002")
    cloud.ledger.commit([records.Delete(records.NODE, node.name, revision)])
    clock.now_s += SWEEP_S
    assert rounds.due(cloud) == ["node1"]


def test_looks_at_many_nodes_are_spread_out(site):
    clock, rounds = Clock(), Rounds()
    cloud = with_nodes(dataclasses.replace(site.cloud, monotonic=clock), 300)
    seen: list[str] = []
    for _ in range(15):
        found = rounds.due(cloud)
        assert len(found) <= LOOKS_PER_S + 1
        seen += found
        clock.now_s += 1.0
    assert len(seen) == len(set(seen)) > 270


@pytest.fixture
def crew(site):
    lease = site.cloud.ledger.acquire(LEASE, "me", 1000.0)
    stop = threading.Event()
    yield Crew(site.cloud, Term(site.cloud, lease, 1000.0), stop)
    stop.set()


def workers():
    return [each.name for each in threading.enumerate() if each.name.startswith("node1-")]


def until(so):
    end, tick = time.monotonic() + DEADLINE_S, threading.Event()
    while not so():
        assert time.monotonic() < end
        tick.wait(0.005)


def test_workers_end_with_their_work(site, crew):
    (instance,) = site.run()
    crew.want("node1", Work.SEND, Work.RECEIVE)
    until(lambda: records.instance(site.cloud.ledger, instance.id)[0].state is State.RUNNING)
    until(lambda: not workers())
    crew.want("node1", Work.LOOK)
    until(lambda: site.cloud.ledger.get(records.SWEEP, "node1") is not None and not workers())


def test_a_node_that_is_gone_has_no_worker(site, crew):
    crew.want("node99", Work.SEND, Work.LOOK, Work.RECEIVE)
    until(lambda: not [each for each in threading.enumerate() if each.name.startswith("node99-")])


def test_what_a_node_that_was_silent_has_interrupted_starts_when_it_answers(site, crew):
    (instance,) = site.run()
    crew.want("node1", Work.SEND, Work.RECEIVE)
    until(lambda: records.instance(site.cloud.ledger, instance.id)[0].state is State.RUNNING)
    node, revision = records.node(site.cloud.ledger, "node1")
    site.cloud.ledger.commit([records.put_node(dataclasses.replace(node, trouble="the channel broke"), revision)])
    site.nodes["node1"].hypervisor.lose_power()
    crew.want("node1", Work.LOOK)
    until(lambda: site.nodes["node1"].hypervisor.domains()[instance.domain].power is Power.RUNNING)
    assert records.node(site.cloud.ledger, "node1")[0].trouble == ""
