"""Two hundred nodes on one dispatcher: what it has open, how many threads it takes, and who waits for a sick one."""

import threading
from collections import Counter

import pytest

from stratus.actions import records
from stratus.actions.perform import perform
from stratus.actions.term import LEASE
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.model.requests import (
    Actor,
    CapacityRequest,
    DescribeRequest,
    ListImagesRequest,
    ListNodesRequest,
    LogRequest,
    UsageRequest,
    WhyRequest,
)
from stratus.model.role import Role
from tests.actions.many_nodes import ManyNodes, now

NODES = 200
ROOT = Actor("root", Role.ADMIN)
LISTINGS = (
    DescribeRequest(finished=True),
    ListNodesRequest(),
    ListImagesRequest(),
    CapacityRequest(by="node"),
    LogRequest("1"),
    UsageRequest(),
)


class Threads:
    """How many threads there were of the dispatcher and its crew, by node, whenever somebody looked."""

    def __init__(self) -> None:
        self.others, self.most, self.of_a_node = set(threading.enumerate()), 0, 0

    def look(self) -> Counter[str]:
        ours = [thread for thread in threading.enumerate() if thread not in self.others]
        by_node = Counter(thread.name.partition("-")[0] for thread in ours)
        self.most = max(self.most, len(ours))
        self.of_a_node = max(self.of_a_node, max((by_node[name] for name in by_node if name[:4] == "node"), default=0))
        return by_node


def threads_at_each_commit(ledger: MemoryLedger, threads: Threads) -> MemoryLedger:
    class Looking(MemoryLedger):
        def commit(self, *words, **more):
            threads.look()
            return super().commit(*words, **more)

    ledger.__class__ = Looking
    return ledger


@pytest.mark.slow
def test_each_of_two_hundred_nodes_has_one_channel_two_workers_at_most_and_none_when_it_is_idle():
    threads = Threads()
    many = ManyNodes(threads_at_each_commit(MemoryLedger(clock=now), threads), NODES)
    with many.dispatched():
        many.run(2 * NODES)
        many.await_states("running", 2 * NODES)
        assert Counter(channel.name for channel in many.opened) == {f"node{n}": 1 for n in range(1, NODES + 1)}
        carried_out = [order for channel in many.opened for order in channel.carried_out]
        assert len(carried_out) == len(set(carried_out)) == 2 * NODES
        assert {len(channel.carried_out) for channel in many.opened} == {2}
        assert threads.of_a_node <= 2 and threads.most <= 2 * NODES + 1
        assert not records.orders(many.cloud.ledger)
        for _ in range(200):
            if sum(threads.look().values()) <= NODES / 5:  # the dispatcher, and whoever looks at a node just now
                break
            many.cloud.ledger.changes(many.cloud.ledger.revision(), timeout_s=0.05)
        else:
            raise AssertionError(threads.look())


@pytest.mark.slow
def test_a_node_that_hangs_keeps_no_other_from_its_orders():
    sick = [f"node{number}" for number in range(1, NODES + 1, 40)]
    many = ManyNodes(MemoryLedger(clock=now), NODES, hangs=sick)
    with many.dispatched():
        many.run(NODES)
        many.await_states("running", NODES - len(sick))
        waiting = {records.value_of(each, records.Instance).node for each in _not_running(many)}
        assert waiting == set(sick)
        many.run(NODES - len(sick))  # whatever is known of the sick ones by now
        for name in sick:
            many.channel(name).open.set()
        many.await_states("running", 2 * NODES - len(sick))


def test_listings_dial_no_node_while_a_dispatcher_is_at_work():
    many = ManyNodes(MemoryLedger(clock=now), 3, hangs=["node1", "node2", "node3"])
    (instance,) = many.run(1)
    assert many.cloud.ledger.acquire(LEASE, "the dispatcher", 60.0) is not None
    for request in LISTINGS:
        perform(many.cloud, request, ROOT)
    perform(many.cloud, WhyRequest(str(instance.id)), ROOT)
    assert many.opened == []


def _not_running(many: ManyNodes):
    living = many.cloud.ledger.find(records.INSTANCE)
    return [each for each in living if each.body["state"] != "running"]
