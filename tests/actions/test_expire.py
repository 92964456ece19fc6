"""A node that is off: orders for it wait, are superseded, and expire with a reason; ends do not."""

import dataclasses
import time

import pytest

from stratus.actions import dispatch, observe, records
from stratus.actions.expire import expire
from stratus.drivers.link.memory import Fault
from stratus.errors import LedgerConflict
from stratus.model.order import Dispatched
from stratus.model.requests import (
    DescribeRequest,
    KillRequest,
    ListNodesRequest,
    LogRequest,
    RebootRequest,
    ShutdownRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.states import State
from tests.memory_cloud import ROOT

HOUR = 3600.0


@pytest.fixture
def later(site):
    """The site, and how to let hours pass."""
    now = [time.time()]
    site.cloud = dataclasses.replace(site.cloud, clock=lambda: now[0])

    def pass_hours(hours):
        now[0] += hours * HOUR

    site.hours = pass_hours
    return site


def off(site):
    site.nodes["node1"].link.fault = Fault.UNREACHABLE


def back(site):
    site.nodes["node1"].link.fault = None
    for _ in range(3):
        dispatch.once(site.cloud)


def instance(site, number=1):
    (view,) = (view for view in site.perform(DescribeRequest()) if view.instance.id == number)
    return view.instance


def used(site):
    (node,) = site.perform(ListNodesRequest(), ROOT)
    return node.used


def arrive(site, until, number=1):
    return site.perform(WaitRequest((str(number),), until, 10.0))[0].instance


def why(site, number=1):
    return [reason.text for reason in site.perform(WhyRequest(str(number))).reasons]


def test_a_run_for_a_node_that_stays_off_fails_with_cause_and_mend_and_gives_all_back(later):
    off(later)
    later.run(name="web")
    before = used(later)
    later.hours(23)
    dispatch.once(later.cloud)
    assert instance(later).state is State.PENDING and used(later) == before
    assert any("and expires in 1h0m" in text for text in why(later))
    later.hours(1)
    dispatch.once(later.cloud)
    gone = instance(later)
    assert gone.state is State.FAILED and not gone.holds_capacity and not gone.holds_lease
    assert gone.error.startswith("the order expired: node1 did not take it for 1d0h: ")
    assert gone.fix == "stratus kill 1, then run it again; stratus why 1 tells more"
    assert used(later).vcpu == used(later).ram_mib == used(later).instances == 0
    assert not records.orders(later.cloud.ledger)
    assert [entry.state for entry in later.perform(LogRequest("1")).entries] == [State.PENDING, State.FAILED]
    back(later)
    assert instance(later).state is State.FAILED  # and is not made after all
    later.run(name="web")  # its name is free
    later.perform(KillRequest(("1",)))
    assert arrive(later, "running", 2).state is State.RUNNING


def test_a_start_that_expires_leaves_the_instance_to_be_started_later(later):
    later.run()
    arrive(later, "running")
    later.perform(StopRequest(("1",), force=True))
    arrive(later, "stopped")
    off(later)
    later.perform(StartRequest(("1",)))
    later.hours(24)
    dispatch.once(later.cloud)
    failed = instance(later)
    assert failed.state is State.FAILED and failed.holds_lease and not failed.holds_capacity
    assert failed.fix == "stratus start 1"
    back(later)
    later.perform(StartRequest(("1",)))
    assert arrive(later, "running").error == ""


@pytest.mark.parametrize(
    "request_of", [lambda: StopRequest(("1",), force=True), lambda: RebootRequest(("1",), hard=True)]
)
def test_a_stop_and_a_reboot_that_expire_leave_it_as_it_is_on_the_node(later, request_of):
    later.run()
    arrive(later, "running")
    off(later)
    later.perform(request_of())
    later.hours(24)
    dispatch.once(later.cloud)
    left = instance(later)
    assert left.state in (State.RUNNING, State.UNKNOWN) and left.holds_capacity and not left.order
    assert "the order expired" in left.error
    back(later)
    assert instance(later).state is State.RUNNING
    assert later.nodes["node1"].hypervisor.domains()["one-1"].power.value == "running"


@pytest.mark.parametrize("end", [KillRequest(("1",)), ShutdownRequest(("1",))])
def test_an_end_never_expires_and_says_so(later, end):
    later.run()
    arrive(later, "running")
    off(later)
    later.perform(end)
    later.hours(24 * 365)
    dispatch.once(later.cloud)
    waiting = instance(later)
    assert waiting.order and waiting.state in (State.EPILOG, State.SHUTDOWN) and waiting.error == ""
    assert any("does not expire" in text for text in why(later))
    back(later)
    assert arrive(later, "done").state is State.DONE


def test_what_waits_because_no_dispatcher_ran_does_not_expire(later):
    off(later)
    later.run()
    later.hours(48)
    back(later)
    assert arrive(later, "running").state is State.RUNNING


def test_an_order_that_may_have_reached_the_node_does_not_expire(later):
    off(later)
    later.run()
    (order,) = records.orders(later.cloud.ledger)
    later.cloud.ledger.commit([records.put_order(order.sent_at(later.cloud.clock(), 1), None)])
    later.hours(48)
    dispatch.once(later.cloud)
    assert [order.status for order in records.orders(later.cloud.ledger)] == ["sent"]
    assert instance(later).state is State.PENDING


def test_a_dispatcher_that_marks_it_at_the_last_moment_wins(later, monkeypatch):
    off(later)
    later.run()
    later.hours(24)
    (order,) = records.orders(later.cloud.ledger)
    commit, once = later.cloud.ledger.commit, []

    def beaten(changes, **options):
        if not once:
            once.append(commit([records.put_order(order.sent_at(later.cloud.clock(), 1), None)]))
            raise LedgerConflict("somebody else was faster")
        return commit(changes, **options)

    monkeypatch.setattr(later.cloud.ledger, "commit", beaten)
    expire(later.cloud, "node1")
    assert [order.status for order in records.orders(later.cloud.ledger)] == ["sent"]
    assert instance(later).state is State.PENDING


def test_of_many_that_wait_only_those_that_are_old_are_read(later):
    off(later)
    later.run(count=25, cpu=1, ram_mib=1)
    later.hours(25)
    observe.note(later.cloud, "node1", trouble="")  # as before it was found to be off
    later.run(count=30, cpu=1, ram_mib=1, name="young")
    expire(later.cloud, "node1")
    assert len(records.orders(later.cloud.ledger)) == 30
    assert {view.instance.state for view in later.perform(DescribeRequest())} == {State.FAILED, State.PENDING}


def test_a_newer_order_takes_the_place_of_one_that_has_not_left(later):
    later.run()
    arrive(later, "running")
    off(later)
    later.perform(StopRequest(("1",)))
    later.perform(KillRequest(("1",)))
    assert [order.order.verb for order in records.orders(later.cloud.ledger)] == ["kill"]
    assert records.read(later.cloud.ledger, records.ORDER, "000000000003-1", Dispatched) is not None
    back(later)
    assert arrive(later, "done").state is State.DONE
