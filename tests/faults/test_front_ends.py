"""Two front ends for the same nodes: a copy of the ledger that was restored, or that runs beside the original."""

import dataclasses
import sqlite3
from contextlib import closing

import pytest

from stratus.actions import dispatch, epoch, records
from stratus.actions.perform import perform
from stratus.actions.term import inline_term
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.link.memory import Fault
from stratus.errors import StaleOrder
from stratus.model.codec import encode
from stratus.model.hold import Hold
from stratus.model.requests import KillRequest, RunRequest, StartRequest, StopRequest, WaitRequest, WhyRequest
from stratus.model.states import State
from stratus.model.views import TakenOver
from tests.memory_cloud import ALICE, CONTEXT, MemoryCloud

DEADLINE_S = 10.0


@pytest.fixture
def site(in_memory):
    cloud = MemoryCloud(in_memory, ("node1", "node2"), ledger=SqliteLedger(in_memory / "ledger.sqlite"))
    yield cloud
    cloud.close()


@pytest.fixture
def copied(site, in_memory):
    """Makes another front end, with a copy of the ledger as it is now."""
    made = []

    def copy():
        path = in_memory / f"copy{len(made)}.sqlite"
        with closing(sqlite3.connect(in_memory / "ledger.sqlite")) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        made.append(dataclasses.replace(site.cloud, ledger=SqliteLedger(path)))
        return made[-1]

    yield copy
    for cloud in made:
        cloud.ledger.close()


def run(cloud, count=2):
    return perform(cloud, RunRequest("tiny", CONTEXT, ram_mib=64, count=count), ALICE).instances


def wait(cloud, instances, until="running"):
    targets = tuple(str(instance.id) for instance in instances)
    return [waited.instance.state for waited in perform(cloud, WaitRequest(targets, until, DEADLINE_S), ALICE)]


def troubles(cloud):
    return [node.trouble for node, _ in records.nodes(cloud.ledger)]


def domains(site):
    return sorted(name for node in site.nodes.values() for name in node.hypervisor.domains())


def test_a_front_end_that_was_restored_from_an_older_copy_is_refused_by_every_node_and_loses_nothing(site, copied):
    older = copied()
    wait(site.cloud, run(site.cloud))

    instances = run(older)
    assert dispatch.once(older) == (0, 2)

    assert all("another front end, or a newer life of this one" in trouble for trouble in troubles(older))
    assert [order.status for order in records.orders(older.ledger)] == ["waiting", "waiting"]
    assert domains(site) == ["one-1", "one-2"]
    view = perform(older, WhyRequest(str(instances[0].id)), ALICE)
    assert any("has this node in hand" in reason.text for reason in view.reasons)
    assert troubles(site.cloud) == ["", ""] and wait(site.cloud, run(site.cloud)) == [State.RUNNING] * 2


def test_of_two_exact_copies_the_one_that_orders_first_goes_on_and_the_other_is_refused(site, copied):
    first = run(site.cloud)
    wait(site.cloud, first)
    twin = copied()

    wait(site.cloud, run(site.cloud))
    run(twin)

    assert all(troubles(twin))
    assert domains(site) == ["one-1", "one-2", "one-3", "one-4"]
    assert wait(site.cloud, run(site.cloud)) == [State.RUNNING] * 2


def test_a_copy_that_takes_over_is_obeyed_at_once_and_the_old_life_is_refused_in_the_middle_of_its_channel(
    site, copied
):
    wait(site.cloud, run(site.cloud))
    copy = copied()
    wait(site.cloud, run(site.cloud))  # the old life does more than the copy knows of
    with inline_term(site.cloud) as term:
        term.take(records.node(site.cloud.ledger, "node1")[0])

        assert epoch.take_over(copy) == TakenOver(2, (("node1", ""), ("node2", "")))

        with pytest.raises(StaleOrder, match="epoch 1 has ended"):
            term.call(records.node(site.cloud.ledger, "node1")[0], "submit", {"orders": []}, timeout_s=5.0)
    run(site.cloud)
    assert dispatch.once(site.cloud) == (0, 2)
    assert {order.status for order in records.orders(site.cloud.ledger)} == {"waiting"}
    assert epoch.take_over(site.cloud).epoch == 3
    assert dispatch.once(copy) == (0, 2)


def test_what_the_new_life_orders_is_done_though_the_lost_one_had_gone_further(site, copied):
    """Its counters and generations begin where the copy was made: neither may make the node take it for old."""
    (instance,) = run(site.cloud, count=1)
    wait(site.cloud, [instance])
    copy = copied()
    for verb in ("stop", "start", "stop", "start"):
        site.perform(_changes(verb, instance))
        wait(site.cloud, [instance], "stopped" if verb == "stop" else "running")

    epoch.take_over(copy)
    perform(copy, KillRequest((str(instance.id),)), ALICE)

    assert wait(copy, [instance], "done") == [State.DONE]
    assert domains(site) == []


def test_a_take_over_goes_above_the_epochs_of_all_nodes_that_answer(site, copied):
    blank = copied()
    for _ in range(3):
        epoch.take_over(site.cloud)
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    taken = epoch.take_over(blank)
    assert taken.epoch == 5 and dict(taken.nodes)["node2"] == ""
    assert "switched off" in dict(taken.nodes)["node1"]
    site.nodes["node1"].link.fault = None
    assert dispatch.once(blank) == (2, 2) and dispatch.once(site.cloud) == (0, 2)


def test_a_dispatcher_of_the_same_ledger_goes_on_in_the_new_life(site):
    node = records.node(site.cloud.ledger, "node1")[0]
    with inline_term(site.cloud) as term:
        term.take(node)
        epoch.take_over(site.cloud)
        term.take(node)
        assert term.hold("node1").epoch == 2
        instances = run(site.cloud)
        dispatch.deliver(site.cloud, node, term)
    assert wait(site.cloud, instances) == [State.RUNNING] * 2


def test_a_dispatcher_that_dies_before_or_after_the_node_has_taken_its_token_shuts_nobody_out(site):
    node = records.node(site.cloud.ledger, "node1")[0]
    for shown in (False, True, False, False, True):
        with inline_term(site.cloud) as term:
            hold = epoch.propose(site.cloud, "node1", term.lease())
            if shown:
                site.nodes["node1"].link.call("ping", {"hold": encode(hold)})
    with inline_term(site.cloud) as term:
        term.take(node)
        known = epoch.known(site.cloud, "node1")
        assert known == Hold(1, term.hold("node1").token)


def test_a_node_that_does_not_answer_for_long_is_taken_in_hand_when_it_is_back(site):
    instances = run(site.cloud, count=1)
    wait(site.cloud, instances)
    site.nodes["node1"].link.fault = site.nodes["node2"].link.fault = Fault.UNREACHABLE
    more = run(site.cloud)
    for name in ("node1", "node2") * 12:
        dispatch.pump(site.cloud, name)
    assert len(epoch.known(site.cloud, "node1").after) <= epoch.MAX_UNANSWERED
    site.nodes["node1"].link.fault = site.nodes["node2"].link.fault = None
    assert dispatch.once(site.cloud) == (2, 2)
    assert wait(site.cloud, more) == [State.RUNNING] * 2


def test_waiting_and_looking_turn_no_token_and_a_long_term_turns_it_each_minute(site):
    now = [0.0]
    cloud = dataclasses.replace(site.cloud, monotonic=lambda: now[0])
    node = records.node(cloud.ledger, "node1")[0]
    wait(site.cloud, run(site.cloud))
    before = epoch.known(cloud, "node1")
    dispatch.once(cloud)
    assert epoch.known(cloud, "node1") == before
    with inline_term(cloud) as term:
        _collect(term, node)
        now[0] += 61.0
        _collect(term, node)
        after = epoch.known(cloud, "node1")
    assert after.token != before.token and after.after == ()


def _collect(term, node):
    term.call(node, "collect", {"wait_s": 0.0}, timeout_s=5.0)


def _changes(verb, instance):
    target = (str(instance.id),)
    return StopRequest(target, force=True) if verb == "stop" else StartRequest(target)
