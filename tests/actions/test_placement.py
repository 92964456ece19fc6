"""Placement by the ledger: zones, labels, groups and reservations as users ask for them; why says what was decided."""

import dataclasses
import threading

import pytest

from stratus.actions import records
from stratus.actions.node import enroll
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.errors import BadInput, Denied, NoCapacity
from stratus.model.node import Reservation
from stratus.model.placement.decision import lines
from stratus.model.requests import (
    ChangeNodeRequest,
    EnrolRequest,
    KillRequest,
    ListNodesRequest,
    RunRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
    WhyRequest,
)
from tests.memory_cloud import ALICE, BOB, CONTEXT, ROOT, MemoryCloud
from tests.model import samples


@pytest.fixture
def site(tmp_path):
    cloud = MemoryCloud(tmp_path, node_names=("node1", "node2", "node3"))
    yield cloud
    cloud.close()


def say(site, name, **what):
    return site.perform(ChangeNodeRequest(name, **what), ROOT).node


def nodes_of(instances):
    return [instance.node for instance in instances]


def told(site, target):
    return list(lines(site.perform(WhyRequest(target)).placement))


def test_instances_go_where_their_zone_and_requirements_say(site):
    say(site, "node1", zone="eu/paris/pod1", labels=(("gpu", "yes"),))
    say(site, "node2", zone="eu/paris/pod2")
    assert nodes_of(site.run(zone="eu/paris", requirements="gpu = yes")) == ["node1"]
    assert nodes_of(site.run(zone="eu/paris/pod2")) == ["node2"]
    with pytest.raises(NoCapacity) as refused:
        site.run(zone="eu", requirements="gpu = no")
    assert 'node2: it does not meet gpu = "no": it has none' in refused.value.message
    assert "node3: it is in no zone, not in eu" in refused.value.message
    with pytest.raises(BadInput, match="at character 5"):
        site.run(requirements="gpu (")


def test_a_group_that_stays_apart_has_a_node_for_each(site):
    assert sorted(nodes_of(site.run(apart="web", count=2))) == ["node1", "node2"]
    assert nodes_of(site.run(apart="web")) == ["node3"]
    with pytest.raises(NoCapacity, match="the group web stays apart, and one of it is there"):
        site.run(apart="web")
    assert len(site.run(apart="web", count=3, actor=BOB)) == 3  # a group is its owner's
    site.perform(KillRequest(("2",)))
    site.perform(WaitRequest(("2",), "done"))
    assert nodes_of(site.run(apart="web")) == ["node2"]


def test_a_group_that_is_together_is_on_one_node_or_refused(site):
    assert set(nodes_of(site.run(together="db", count=3))) == {"node1"}
    assert nodes_of(site.run(together="db")) == ["node1"]
    say(site, "node1", enabled=False)
    with pytest.raises(NoCapacity, match="node2: the group db is together on node1"):
        site.run(together="db")


def test_two_at_once_keep_their_group_apart(site):
    found, lock = [], threading.Lock()

    def go():
        instances = site.run(apart="web")
        with lock:
            found.extend(instances)

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(nodes_of(found)) == ["node1", "node2", "node3"]


def test_what_is_reserved_is_left_to_its_owner(site):
    for name in ("node2", "node3"):
        say(site, name, enabled=False)
    ram = site.perform(ListNodesRequest(), ROOT)[0].hypervisor.ram_mib
    say(site, "node1", reserve=Reservation("alice", 0, ram - 100, 0))
    with pytest.raises(NoCapacity, match=f"{ram - 100} MiB reserved for others"):
        site.run(actor=BOB, ram_mib=128)
    (mine,) = site.run(actor=ALICE, ram_mib=128)
    site.run(actor=BOB, ram_mib=64)
    site.perform(WaitRequest((str(mine.id),)))
    site.perform(StopRequest((str(mine.id),)))
    site.perform(WaitRequest((str(mine.id),), "stopped"))
    with pytest.raises(NoCapacity):  # what she gave back is kept for her
        site.run(actor=BOB, ram_mib=128)
    assert site.perform(StartRequest((str(mine.id),))).instances


def test_a_disabled_node_takes_nothing_new_and_keeps_what_it_has(site):
    for name in ("node1", "node2", "node3"):
        say(site, name, enabled=False)
    with pytest.raises(NoCapacity, match="node2: it is disabled"):
        site.run()
    say(site, "node2", enabled=True)
    assert nodes_of(site.run()) == ["node2"]


def test_what_is_said_of_a_node_outlives_its_next_enrolment(site):
    said = say(site, "node1", zone="eu", labels=(("gpu", "yes"),), enabled=False)
    again = enroll(site.cloud, EnrolRequest("node1", way="memory"))
    assert dataclasses.replace(again, seen_s=said.seen_s) == said


def test_only_an_administrator_says_it(site):
    with pytest.raises(Denied):
        site.perform(ChangeNodeRequest("node1", enabled=False), ALICE)


def test_why_tells_what_every_node_said_and_forgets_it_when_the_instance_is_done(site):
    say(site, "node2", zone="eu/paris")
    say(site, "node3", enabled=False)
    site.run(zone="eu")
    first, chosen, *others = told(site, "1")
    assert (
        first.startswith("node2 was chosen for 1 CPU, 64 MiB of RAM") and "in zone eu: the emptiest of the 1" in first
    )
    assert chosen.startswith("node2: ") and "% full with it; free before: " in chosen
    assert others == ["node1: it is in no zone, not in eu", "node3: it is disabled"]
    site.perform(KillRequest(("1",)))
    site.perform(WaitRequest(("1",), "done"))
    assert site.perform(WhyRequest("1")).placement is None and not site.ledger.find("decision")


class Watched(MemoryLedger):
    """A ledger that remembers which instances it was asked for."""

    asked = None

    def find(self, kind, *, where=None, **more):
        if kind == records.INSTANCE and self.asked is not None:
            self.asked.append(where)
        return super().find(kind, where=where, **more)


def test_a_decision_reads_no_instances_but_those_of_its_groups(tmp_path):
    site = MemoryCloud(tmp_path, ledger=Watched())
    try:
        site.run()  # the first: what its owner has is counted once, in a ledger from before there were quotas
        site.ledger.asked = []
        site.perform(RunRequest("tiny", CONTEXT, ram_mib=64, plan=True))
        assert site.ledger.asked == []
        site.perform(RunRequest("tiny", CONTEXT, ram_mib=64, apart="web", together="db", plan=True))
        assert site.ledger.asked == [{"together": "alice/db"}, {"apart": "alice/web"}]
    finally:
        site.close()


def test_a_refusal_by_a_large_cloud_can_still_be_read(site):
    site.ledger.commit([records.put_node(samples.node(f"more{n:03}", enabled=False), 0) for n in range(100)])
    with pytest.raises(NoCapacity) as refused:
        site.run(ram_mib=10**6)
    assert refused.value.message.endswith("more049: it is disabled; and 53 more nodes")
