"""Dispatch: one at a time, at least once, and no sick node, order or report in the way of the others."""

import dataclasses
import threading
import time

import pytest

from stratus.actions import dispatch, records
from stratus.actions.deliver import RESEND_S
from stratus.actions.resident import resident
from stratus.actions.term import LEASE, Term
from stratus.cloud import Links
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.ledger.protocol import Put
from stratus.drivers.link.memory import Fault
from stratus.errors import BadInput, Conflict, LedgerConflict, NodeUnreachable, StratusError
from stratus.model.context.values import ContextRequest, UserDataPart
from stratus.model.order import Dispatched
from stratus.model.requests import (
    DescribeRequest,
    DoctorRequest,
    KillRequest,
    LogRequest,
    RunRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.states import State
from tests.memory_cloud import ROOT as ADMIN
from tests.memory_cloud import MemoryCloud

DEADLINE_S = 10.0


@pytest.fixture
def two(tmp_path):
    cloud = MemoryCloud(tmp_path, ("node1", "node2"))
    yield cloud
    cloud.close()


def wait(site, instance, until="running"):
    (waited,) = site.perform(WaitRequest((str(instance.id),), until, DEADLINE_S))
    return waited.instance


def state(site, number=1):
    return site.perform(DescribeRequest((str(number),)))[0].instance.state


class Meddler:
    """A link with somebody in between, who may swallow a call, or answer it himself."""

    def __init__(self, link):
        self.link, self.seen, self.meddle = link, [], {}

    def call(self, method, params, *, timeout_s=30.0):
        self.seen.append(method)
        if method in self.meddle:
            return self.meddle[method](params)
        return self.link.call(method, params, timeout_s=timeout_s)

    def close(self):
        pass


def meddled(site, **changes):
    """The cloud with a meddler before each node: (cloud, meddler of node1)."""
    meddlers = {name: Meddler(node.link) for name, node in site.nodes.items()}
    site.cloud = dataclasses.replace(site.cloud, links=Links(lambda node: meddlers[node.name]), **changes)
    return meddlers["node1"]


def clocked(site):
    """The cloud with a clock that a test moves: [the time]."""
    now = [time.time()]
    site.cloud = dataclasses.replace(site.cloud, clock=lambda: now[0])
    return now


@pytest.fixture
def service(site):
    """A resident dispatcher over the site."""
    stop = threading.Event()
    thread = threading.Thread(target=resident, args=(site.cloud, stop), daemon=True)
    thread.start()
    while site.cloud.ledger.acquire(LEASE, "probe", 0.001) is not None and thread.is_alive():
        time.sleep(0.002)
    yield thread
    stop.set()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()


def test_a_resident_dispatcher_delivers_and_collects_and_no_other_does(site, service):
    instances = site.run(count=3)
    for instance in instances:
        assert wait(site, instance).state is State.RUNNING
    site.perform(KillRequest(("1", "2", "3")))
    for instance in instances:
        wait(site, instance, "done")
    with pytest.raises(Conflict, match="a dispatcher runs already"):
        dispatch.once(site.cloud)
    assert dispatch.pump(site.cloud, "node1") is False
    times = iter(range(0, 10_000, 5))
    hurried = dataclasses.replace(site.cloud, monotonic=lambda: float(next(times)))
    with pytest.raises(Conflict, match="a dispatcher runs already"):
        resident(hurried, threading.Event())


def test_a_dispatcher_that_was_told_to_stop_gives_the_lease_back(site):
    stop = threading.Event()
    stop.set()
    resident(site.cloud, stop)
    assert dispatch.once(site.cloud) == (1, 1)


def test_a_dispatcher_that_stops_takes_its_own_broken_channel_for_no_trouble(site):
    (instance,) = site.run()
    wait(site, instance)
    meddler, stop = meddled(site), threading.Event()
    held = threading.Event()

    def break_at_the_end(params):
        held.set()
        assert stop.wait(DEADLINE_S)
        raise NodeUnreachable("the channel was closed")

    meddler.meddle["collect"] = break_at_the_end
    thread = threading.Thread(target=resident, args=(site.cloud, stop), daemon=True)
    thread.start()
    assert held.wait(DEADLINE_S)
    stop.set()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    assert state(site) is State.RUNNING and records.node(site.cloud.ledger, "node1")[0].trouble == ""


def test_the_lease_is_renewed_while_work_goes_on_and_taken_anew_after_a_sleep(site):
    now = [1000.0]
    ledger = MemoryLedger(clock=lambda: now[0])
    cloud = dataclasses.replace(site.cloud, ledger=ledger, clock=lambda: now[0])
    lease = ledger.acquire(LEASE, "me", 40.0)
    assert lease is not None
    term = Term(cloud, lease, 40.0)
    assert term.lease() == lease
    now[0] += 30.0
    assert (term.lease().token, term.lease().expires_s) == (lease.token, 1070.0)
    now[0] += 500.0
    assert term.lease().token == lease.token + 1
    ledger.commit([Put("x", "y", {})], fence=term.lease())


def test_one_who_was_overtaken_in_a_sleep_changes_nothing_more(site):
    now = [1000.0]
    ledger = MemoryLedger(clock=lambda: now[0])
    cloud = dataclasses.replace(site.cloud, ledger=ledger, clock=lambda: now[0])
    lease = ledger.acquire(LEASE, "me", 40.0)
    assert lease is not None
    term = Term(cloud, lease, 40.0)
    now[0] += 100.0
    assert ledger.acquire(LEASE, "other", 40.0) is not None
    with pytest.raises(Conflict, match="another dispatcher has taken over"):
        term.lease()
    with pytest.raises(LedgerConflict):
        ledger.commit([Put("x", "y", {})], fence=lease)


def test_an_order_that_was_lost_on_its_way_is_sent_again(site):
    now = [time.time()]
    meddler = meddled(site, clock=lambda: now[0])
    meddler.meddle["submit"] = lambda params: {"accepted": len(params["orders"])}
    (instance,) = site.run()
    assert site.nodes["node1"].inbox.bodies(limit=1) == []
    del meddler.meddle["submit"]
    dispatch.pump(site.cloud, "node1")
    assert state(site) is State.PROLOG and meddler.seen.count("submit") == 1
    now[0] += RESEND_S + 1
    assert wait(site, instance).state is State.RUNNING


def test_an_order_that_arrived_twice_is_carried_out_once(site):
    now = [time.time()]
    meddler = meddled(site, clock=lambda: now[0])

    def arrive_and_be_silent(params):
        meddler.link.call("submit", params)
        raise NodeUnreachable("the connection broke")

    meddler.meddle["submit"] = arrive_and_be_silent
    (instance,) = site.run()
    del meddler.meddle["submit"]
    now[0] += RESEND_S + 1
    wait(site, instance)
    causes = [entry.cause for entry in site.perform(LogRequest("1")).entries]
    assert causes.count("run is done") == 1
    assert records.node(site.cloud.ledger, "node1")[0].used.instances == 1


def test_a_report_that_comes_again_changes_nothing(site):
    meddler = meddled(site)

    def lose_once(params):
        del meddler.meddle["acknowledge"]
        raise NodeUnreachable("the connection broke")

    meddler.meddle["acknowledge"] = lose_once
    (instance,) = site.run()
    assert wait(site, instance).state is State.RUNNING
    while "acknowledge" in meddler.meddle:
        dispatch.once(site.cloud)
    dispatch.once(site.cloud)
    assert state(site) is State.RUNNING
    causes = [entry.cause for entry in site.perform(LogRequest("1")).entries]
    assert causes.count("run is done") == 1
    assert records.node(site.cloud.ledger, "node1")[0].used.instances == 1
    assert site.nodes["node1"].outbox.bodies(limit=9) == []


def test_instances_of_a_node_that_is_silent_are_unknown_at_the_second_look_until_it_is_back(site):
    (instance,) = site.run()
    wait(site, instance)
    now = clocked(site)
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    assert dispatch.once(site.cloud) == (0, 1)
    assert state(site) is State.RUNNING
    now[0] += 2.0
    assert dispatch.once(site.cloud) == (0, 1)
    assert state(site) is State.UNKNOWN
    reasons = site.perform(WhyRequest("1")).reasons
    assert any("does not answer" in reason.text for reason in reasons)
    with pytest.raises(StratusError, match="no node has room"):
        site.run()
    site.nodes["node1"].link.fault = None
    assert dispatch.once(site.cloud) == (1, 1)
    assert state(site) is State.RUNNING
    assert records.node(site.cloud.ledger, "node1")[0].trouble == ""
    site.run()


def test_a_kill_waits_for_a_silent_node(site):
    (instance,) = site.run()
    wait(site, instance)
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    dispatch.once(site.cloud)
    site.perform(KillRequest(("1",)))
    assert state(site) is State.EPILOG
    assert any("has waited" in reason.text for reason in site.perform(WhyRequest("1")).reasons)
    site.nodes["node1"].link.fault = None
    wait(site, instance, "done")


def test_a_silent_node_does_not_keep_orders_from_another(two):
    two.nodes["node1"].link.fault = Fault.UNREACHABLE
    instances = two.run(count=2)
    assert {instance.node for instance in instances} == {"node1", "node2"}
    (well,) = (instance for instance in instances if instance.node == "node2")
    assert wait(two, well).state is State.RUNNING
    sent = records.orders(two.cloud.ledger, {"node": "node1"})
    assert [order.status for order in sent] == ["waiting"]


def test_one_command_gives_every_node_its_orders_though_the_first_is_silent(two):
    two.nodes["node1"].link.fault = Fault.UNREACHABLE
    second = next(instance for instance in two.run(count=2) if instance.node == "node2")
    order = records.read(two.cloud.ledger, records.ORDER, second.order, Dispatched)
    assert order is None or order[0].status == "sent"


def test_an_order_that_the_node_refuses_fails_and_gives_everything_back(site):
    meddler = meddled(site)

    def refuse(params):
        for order in params["orders"]:
            if order["instance_id"] == 2:
                raise BadInput("unknown step EraseDisk", hint="install the same release on both ends")
        return meddler.link.call("submit", params)

    meddler.meddle["submit"] = refuse
    instances = site.run(count=3)
    for instance in (instances[0], instances[2]):
        assert wait(site, instance).state is State.RUNNING
    failed = site.perform(DescribeRequest(("2",)))[0].instance
    assert failed.state is State.FAILED
    assert failed.error == "node1 does not take the order: unknown step EraseDisk"
    assert failed.fix.startswith("stratus kill 2, then run it again")
    assert records.node(site.cloud.ledger, "node1")[0].used.instances == 2


def test_orders_that_do_not_fit_one_line_go_in_several(site):
    meddler = meddled(site)
    told = ContextRequest(user_data=(UserDataPart("x-shellscript", "big", b"x" * 1_000_000),))
    instances = site.perform(RunRequest("tiny", told, count=4, ram_mib=64)).instances
    assert meddler.seen.count("submit") > 1
    for instance in instances:
        assert wait(site, instance).state is State.RUNNING


def test_a_report_that_cannot_be_settled_does_not_hold_the_others_back(site):
    site.nodes["node1"].outbox.put(b'{"order_id": 7}')
    (instance,) = site.run()
    assert wait(site, instance).state is State.RUNNING
    assert [body for _, body in site.nodes["node1"].outbox.bodies(limit=9)] == [b'{"order_id": 7}']


def test_a_report_that_can_never_be_settled_is_put_aside_and_the_doctor_finds_it(site, caplog):
    outbox = site.nodes["node1"].outbox
    name = outbox.put(b'{"order_id": 7}')
    lease = site.cloud.ledger.acquire("dispatch", "me", 40.0)
    term, (node, _) = Term(site.cloud, lease, 40.0), records.node(site.cloud.ledger, "node1")
    said = []
    for _ in range(4):
        try:
            dispatch.bring_in(site.cloud, node, term, wait_s=0.0)
        except StratusError as error:
            said.append(error.message)
    assert said == [f"report {name} cannot be settled: it cannot be read: {said[0].rpartition('read: ')[2]}"] * 2
    assert [each.name for each in outbox.poisoned()] == [name] and not outbox.bodies(limit=1)
    assert caplog.text.count("was put aside") == 1 and not term.refusals
    term.end()
    diagnosis = site.perform(DoctorRequest(), ADMIN)
    assert [(one.code, name in one.what) for one in diagnosis.findings] == [("poison", True)]


def test_a_dispatcher_whose_term_is_over_puts_no_report_aside(site):
    outbox = site.nodes["node1"].outbox
    outbox.put(b'{"order_id": 7}')
    lease = site.cloud.ledger.acquire("dispatch", "me", 40.0)
    term, (node, _) = Term(site.cloud, lease, 40.0), records.node(site.cloud.ledger, "node1")
    for _ in range(2):
        with pytest.raises(StratusError, match="cannot be settled"):
            dispatch.bring_in(site.cloud, node, term, wait_s=0.0)
    term.end()
    with pytest.raises(Conflict, match="is over"):
        dispatch.bring_in(site.cloud, node, term, wait_s=0.0)
    assert len(outbox.bodies(limit=9)) == 1


class Renewing(MemoryLedger):
    """While a lease is renewed, somebody else does `meanwhile`, if he is let."""

    meanwhile = None

    def acquire(self, name, owner, ttl_s):
        if self.meanwhile is not None:
            other = threading.Thread(target=self.meanwhile)
            self.meanwhile = None
            other.start()
            other.join(0.5)
        return super().acquire(name, owner, ttl_s)


def test_a_lease_that_is_renewed_while_the_term_ends_does_not_outlive_it(site):
    now, ledger = [1000.0], Renewing(clock=lambda: now[0])
    cloud = dataclasses.replace(site.cloud, ledger=ledger, clock=lambda: now[0])
    term = Term(cloud, ledger.acquire("dispatch", "me", 40.0), 40.0)
    now[0] += 30.0
    ended = threading.Event()
    ledger.meanwhile = lambda: (term.end(), ended.set())
    term.lease()
    assert ended.wait(10)
    assert ledger.acquire("dispatch", "another", 40.0) is not None
    with pytest.raises(Conflict, match="is over"):
        term.lease()


def test_an_order_whose_instance_is_gone_is_delivered_all_the_same(site):
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    site.run()
    site.cloud.ledger.commit(
        [records.Delete(records.INSTANCE, records.key_of(1)), records.Delete(records.BLUEPRINT, records.key_of(1))]
    )
    site.nodes["node1"].link.fault = None
    assert dispatch.once(site.cloud) == (1, 1)
    assert [order.status for order in records.orders(site.cloud.ledger)] in (["sent"], [])


def test_waiting_for_what_is_not_under_way_does_not_spin(site):
    (instance,) = site.run()
    wait(site, instance)
    now = clocked(site)
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    dispatch.once(site.cloud)
    now[0] += 2.0
    dispatch.once(site.cloud)
    pumps = []
    ledger = site.cloud.ledger
    acquire = ledger.acquire
    ledger.acquire = lambda *args: (pumps.append(1), acquire(*args))[1]
    with pytest.raises(StratusError, match="still in unknown"):
        site.perform(WaitRequest(("1",), "running", 0.6))
    assert len(pumps) < 10
