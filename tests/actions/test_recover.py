"""Recovering with nodes that do not answer, and looks that are cut off in the middle."""

import dataclasses
import threading

import pytest

from stratus.actions import dispatch, epoch, observe, records
from stratus.cloud import Links
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.ledger.protocol import Put
from stratus.drivers.link.memory import Fault
from stratus.errors import NodeUnreachable, StratusError
from stratus.model.codec import encode
from stratus.model.requests import DoctorRequest, RecoverRequest, WaitRequest
from tests.memory_cloud import ROOT, MemoryCloud


class Cut(MemoryLedger):
    """A ledger that stops working at the next change of an instance, when told so."""

    cut = False

    def commit(self, changes, *, fence=None):
        if self.cut and any(change.kind == records.INSTANCE for change in changes):
            raise StratusError("the power is gone")
        return super().commit(changes, fence=fence)


@pytest.fixture
def two(tmp_path):
    cloud = MemoryCloud(tmp_path, ("node1", "node2"), ledger=Cut())
    yield cloud
    cloud.close()


def off(site, name):
    site.nodes[name].link.fault = Fault.UNREACHABLE


def playing(site, **answers):
    """These nodes' agents answer as they are told to."""
    links = Links(lambda node: _Playing(answers[node.name]) if node.name in answers else site.nodes[node.name].link)
    site.cloud = dataclasses.replace(site.cloud, links=links)


def test_a_node_that_is_off_keeps_the_others_from_nothing(two):
    off(two, "node1")
    recovery = two.perform(RecoverRequest(), ROOT)
    (said,) = recovery.left
    assert said.startswith("node1 does not answer: memory: it is switched off")
    assert observe.last(two.cloud, "node2").at_s > 0


def test_when_no_node_answers_nothing_can_be_recovered(two):
    off(two, "node1")
    off(two, "node2")
    with pytest.raises(NodeUnreachable):
        two.perform(RecoverRequest(), ROOT)


def test_whoever_takes_over_waits_for_all_silent_nodes_together(two):
    both = threading.Barrier(2, timeout=20)

    def silent(_):
        both.wait()
        raise NodeUnreachable("it is switched off")

    playing(two, node1=silent, node2=silent)
    assert epoch.take_over(two.cloud).nodes == (("node1", "it is switched off"), ("node2", "it is switched off"))


def test_a_look_that_is_cut_off_has_not_seen_the_nodes_new_life(two):
    two.run(name="web")
    two.perform(WaitRequest(("web",), "running", 10.0))
    dispatch.once(two.cloud)
    name = records.instance(two.cloud.ledger, 1)[0].node
    seen = encode(observe.last(two.cloud, name)) | {"boot": "an earlier one"}
    two.cloud.ledger.commit([Put(records.SWEEP, name, seen)])
    two.nodes[name].hypervisor.power_off_itself("one-1")

    two.ledger.cut = True
    dispatch.once(two.cloud)
    two.ledger.cut = False
    dispatch.once(two.cloud)

    causes = [entry.cause for entry in records.history(two.cloud.ledger, 1).entries]
    assert "its node was restarted" in causes


def test_a_node_whose_look_nobody_understands_keeps_the_doctor_from_nothing(two):
    playing(two, node1=lambda method: {"inspection": {"at_s": "of another release"}})
    diagnosis = two.perform(DoctorRequest(), ROOT)
    assert diagnosis.nodes == 1
    assert [(one.code, one.node) for one in diagnosis.findings] == [("node-silent", "node1")]


class _Playing:
    """A link whose agent says what it is told to."""

    def __init__(self, answer):
        self._answer = answer

    def call(self, method, params, *, timeout_s=30.0):
        return self._answer(method)

    def close(self):
        """Nothing is open."""
