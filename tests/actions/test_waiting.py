"""run --queue: what has no room waits in line; nobody starves, everybody is told why, and all can leave."""

import dataclasses
import threading
import time

import pytest

from stratus.actions import dispatch, records
from stratus.actions.resident import resident
from stratus.errors import Conflict, NoCapacity, NotFound, QuotaExceeded, StratusError
from stratus.model.placement.turns import AGEING_S
from stratus.model.quota import Quota
from stratus.model.requests import (
    AddUserRequest,
    DescribeRequest,
    DoctorRequest,
    KillRequest,
    ListNodesRequest,
    LogRequest,
    RunRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.states import State
from tests.memory_cloud import ALICE, BOB, ROOT, MemoryCloud
from tests.model import samples

HOUR = 3600.0
WHOLE = 32768  # MiB of a memory node


@pytest.fixture
def site(tmp_path):
    cloud = MemoryCloud(tmp_path, ("node1", "node2"))
    now = [time.time()]
    cloud.cloud = dataclasses.replace(cloud.cloud, clock=lambda: now[0])
    cloud.now = now
    yield cloud
    cloud.close()


def run(site, ram_mib, actor=ALICE, **wishes):
    instances = site.run(ram_mib=ram_mib, swap_mib=0, actor=actor, **wishes)
    for instance in instances:
        if instance.node:
            arrive(site, instance.id)
    return instances


def arrive(site, number, until="running"):
    return site.perform(WaitRequest((str(number),), until, 10.0), ROOT)[0].instance


def instance(site, number):
    (view,) = site.perform(DescribeRequest((str(number),)), ROOT)
    return view.instance


def end(site, number):
    site.perform(KillRequest((str(number),)), ROOT)
    arrive(site, number, "done")
    dispatch.nudge(site.cloud)


def why(site, number, actor=ALICE):
    return [reason.text for reason in site.perform(WhyRequest(str(number)), actor).reasons]


def full(site):
    """Both nodes are full, by one instance each: 1 and 2."""
    run(site, WHOLE, count=2)


def test_what_has_no_room_waits_and_runs_when_there_is_some(site):
    full(site)
    with pytest.raises(NoCapacity):
        run(site, 64)
    (waiting,) = run(site, 64, queue=True, name="web")
    assert (waiting.id, waiting.state, waiting.node, waiting.holds_capacity) == (3, State.PENDING, "", False)
    reasons = why(site, 3)
    assert reasons[0].startswith("no node has room for m1.small (1 CPU, 64 MiB): node1: RAM: 64 MiB wanted, 0 MiB of")
    assert reasons[1] == "it waits in line: nobody is before it, and it gives up in 7d0h"
    assert site.perform(DoctorRequest(), ROOT).findings == ()
    end(site, 1)
    placed = arrive(site, 3)
    assert placed.node == "node1" and placed.name == "web" and placed.lease == waiting.lease
    causes = [entry.cause for entry in site.perform(LogRequest("3")).entries]
    assert causes[:2] == ["run by alice; it waits for room", "there is room on node1"]
    assert site.perform(WhyRequest("3")).placement is not None
    assert not site.cloud.ledger.find(records.WAITING)
    assert site.perform(DoctorRequest(), ROOT).findings == ()


def test_a_node_is_chosen_at_once_where_there_is_room(site):
    (there,) = site.run(queue=True)
    assert there.node and there.order


def test_the_order_of_arrival_counts_and_smaller_ones_may_pass(site):
    full(site)
    for ram in (WHOLE, 64, WHOLE, 64):
        run(site, ram, queue=True)
    assert "it waits in line: 2 are before it, and it gives up in 7d0h" in why(site, 5)
    end(site, 1)
    assert arrive(site, 3).ram_mib == WHOLE
    assert [instance(site, number).node for number in (4, 5, 6)] == ["", "", ""]
    end(site, 2)
    assert arrive(site, 4).ram_mib == arrive(site, 6).ram_mib == 64
    assert instance(site, 5).node == ""


def test_for_who_has_waited_longest_a_node_is_held_so_that_nobody_starves(site):
    run(site, WHOLE // 2, count=4)
    (large,) = run(site, WHOLE, queue=True)
    site.now[0] += AGEING_S
    dispatch.nudge(site.cloud)
    (held,) = {document.key for document in site.cloud.ledger.find(records.HELD)}
    there = [view.instance.id for view in site.perform(DescribeRequest()) if view.instance.node == held]
    end(site, there[0])
    with pytest.raises(NoCapacity, match=f"{held}: it is held for instance {large.id}, which has waited long"):
        run(site, 64)
    (small,) = run(site, 64, queue=True)
    assert small.node == "" and any("it is held for" in text for text in why(site, small.id))
    end(site, there[1])
    assert arrive(site, large.id).node == held
    assert not site.cloud.ledger.find(records.HELD)


def test_a_held_node_is_free_again_when_who_waited_leaves(site):
    run(site, WHOLE // 2, count=4)
    run(site, WHOLE, queue=True)
    site.now[0] += AGEING_S
    dispatch.nudge(site.cloud)
    end(site, 1)
    site.perform(KillRequest(("5",)))
    assert not site.cloud.ledger.find(records.HELD)
    run(site, 64)


def test_a_node_that_was_held_for_one_just_as_it_left_is_free_again(site):
    site.cloud.ledger.commit([records.Put(records.HELD, "node1", {"instance": 5})])
    dispatch.nudge(site.cloud)
    assert not site.cloud.ledger.find(records.HELD)


def test_who_waits_may_leave_and_leaves_nothing(site):
    full(site)
    before = site.perform(ListNodesRequest(), ROOT)
    run(site, 64, queue=True, name="web")
    (plan,) = site.perform(KillRequest(("web",), plan=True)).plans
    assert plan.steps == () and instance(site, 3).state is State.PENDING
    (ended,) = site.perform(KillRequest(("web",))).instances
    assert ended.state is State.DONE
    assert [node.used for node in site.perform(ListNodesRequest(), ROOT)] == [node.used for node in before]
    assert not site.cloud.ledger.find(records.WAITING)
    run(site, 64, queue=True, name="web")


def test_it_gives_up_in_the_end_with_what_was_in_its_way(site):
    full(site)
    run(site, 64, queue=True, name="web")
    site.now[0] += 7 * 24 * HOUR
    dispatch.nudge(site.cloud)
    failed = instance(site, 3)
    assert failed.state is State.FAILED and not failed.holds_lease
    assert failed.error.startswith("it waited 7d0h for room: no node has room for m1.small")
    assert failed.fix == "stratus capacity; stratus kill 3"
    assert why(site, 3)[0] == failed.error
    assert {finding.code for finding in site.perform(DoctorRequest(), ROOT).findings} == {"clock"}  # only ours went on
    run(site, 64, queue=True, name="web")
    site.perform(KillRequest(("3",)))


def test_what_no_node_could_ever_take_is_refused_at_once(site):
    with pytest.raises(NoCapacity, match="no node could ever take"):
        run(site, WHOLE + 1, queue=True)
    with pytest.raises(NoCapacity, match="no node could ever take"):
        run(site, 64, queue=True, zone="mars")
    assert not site.perform(DescribeRequest())


@pytest.mark.parametrize("request_of", [lambda: StopRequest(("3",)), lambda: StartRequest(("3",))])
def test_nothing_but_an_end_can_be_asked_of_who_waits(site, request_of):
    full(site)
    run(site, 64, queue=True)
    with pytest.raises(Conflict, match="instance 3 is on no node yet"):
        site.perform(request_of())
    with pytest.raises(StratusError):
        site.perform(LogRequest("3", console=True))


def test_who_waits_is_nobody_elses_affair(site):
    full(site)
    run(site, 64, queue=True, name="hers")
    for request in (WhyRequest("hers"), KillRequest(("3",)), LogRequest("3")):
        with pytest.raises(NotFound):
            site.perform(request, BOB)


def test_the_plan_of_a_run_without_room_is_to_wait(site):
    full(site)
    request = RunRequest("tiny", samples.CONTEXT, ram_mib=64, swap_mib=0, count=2, queue=True, plan=True)
    plans = site.perform(request, ALICE).plans
    assert [plan.target for plan in plans] == ["one-3", "one-4"]
    assert all(plan.steps[0].title.startswith("wait for room: no node has room") for plan in plans)
    assert len(site.perform(DescribeRequest())) == 2


def test_a_group_that_stays_apart_waits_for_another_node(site):
    run(site, 64, count=2, apart="web")
    (third,) = run(site, 64, apart="web", queue=True)
    assert third.node == ""
    end(site, 1)
    assert arrive(site, 3).node == "node1"


def test_the_quota_counts_the_line_too_and_is_a_reason_to_wait_no_longer_than_it_must(site):
    site.perform(AddUserRequest("alice", quota=Quota(instances=4)), ROOT)
    full(site)
    run(site, 64, queue=True, count=2)
    with pytest.raises(QuotaExceeded):
        run(site, 64, queue=True)


def test_no_node_is_held_for_one_whom_their_own_quota_keeps_waiting(site):
    site.perform(AddUserRequest("alice", quota=Quota(cpu=1)), ROOT)
    run(site, WHOLE // 2, BOB, count=4)
    run(site, 64, queue=True)
    (second,) = run(site, WHOLE, queue=True)
    end(site, 1)
    arrive(site, 5)
    site.now[0] += AGEING_S
    dispatch.nudge(site.cloud)
    assert why(site, second.id)[0].startswith("the quota of alice is reached")
    assert not site.cloud.ledger.find(records.HELD)
    (third,) = run(site, WHOLE, BOB, queue=True)
    site.now[0] += AGEING_S
    dispatch.nudge(site.cloud)
    assert [document.body["instance"] for document in site.cloud.ledger.find(records.HELD)] == [third.id]


def test_many_that_are_alike_are_asked_once_in_a_turn(site):
    full(site)
    run(site, 64, queue=True, count=100)
    finds, find = [], site.cloud.ledger.find

    def counted(kind, **how):
        finds.append(kind)
        return find(kind, **how)

    site.cloud.ledger.find = counted
    dispatch.nudge(site.cloud)
    assert len(finds) < 30


def test_what_names_something_that_is_gone_from_the_site_leaves_the_line_and_holds_up_nobody(site):
    full(site)
    run(site, 64, queue=True, network="private")
    run(site, 64, queue=True)
    networks = tuple(each for each in site.cloud.settings.networks if each.name != "private")
    site.cloud = dataclasses.replace(site.cloud, settings=dataclasses.replace(site.cloud.settings, networks=networks))
    end(site, 1)
    assert instance(site, 3).state is State.FAILED and "no network is called private" in instance(site, 3).error
    assert arrive(site, 4).state is State.RUNNING
    assert site.perform(KillRequest(("3",), plan=True)).plans[0].steps == ()


@pytest.mark.slow
def test_a_resident_dispatcher_gives_room_by_itself(site):
    full(site)
    run(site, 64, queue=True)
    stop = threading.Event()
    thread = threading.Thread(target=resident, args=(site.cloud, stop), daemon=True)
    thread.start()
    try:
        site.perform(KillRequest(("1",)), ROOT)
        assert arrive(site, 3).node == "node1"
    finally:
        stop.set()
        thread.join(10)
