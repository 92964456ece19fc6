"""Clocks that jump, on the front end and on the node, between any two steps: each request still ends once."""

import dataclasses
import os
import threading
import time

import pytest

from stratus.actions import dispatch, observe, records
from stratus.actions.resident import resident
from stratus.actions.term import LEASE, inline_term
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.link.memory import Fault, MemoryLink
from stratus.drivers.queue.memory import MemoryQueue
from stratus.errors import Conflict
from stratus.model.requests import (
    DescribeRequest,
    KillRequest,
    LogRequest,
    RebootRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.states import State
from tests.memory_cloud import MemoryCloud

DEADLINE_S = 10.0
HOUR_S = 3600.0
STEPS = [
    (lambda site: site.run(), "running"),
    (lambda site: site.perform(StopRequest(("1",))), "stopped"),
    (lambda site: site.perform(StartRequest(("1",))), "running"),
    (lambda site: site.perform(RebootRequest(("1",))), "running"),
    (lambda site: site.perform(KillRequest(("1",))), "done"),
]


class Clock:
    """A clock that runs, and that somebody sets."""

    def __init__(self):
        self._ahead_s = 0.0

    def __call__(self):
        return time.time() + self._ahead_s

    def jump(self, seconds):
        self._ahead_s += seconds


@pytest.fixture
def site(tmp_path):
    """A cloud whose front end and node go by clocks of their own."""
    here, there = Clock(), Clock()
    ledger = MemoryLedger(clock=here)
    cloud = MemoryCloud(tmp_path, ledger=ledger, queue=lambda path: MemoryQueue(clock=there), clock=there)
    cloud.cloud = dataclasses.replace(cloud.cloud, clock=here)
    cloud.here, cloud.there = here, there
    yield cloud
    cloud.close()


def arrive(site, until):
    return site.perform(WaitRequest(("1",), until, DEADLINE_S))[0].instance


@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S], ids=["forward", "back"])
@pytest.mark.parametrize("whose", ["here", "there"])
@pytest.mark.parametrize("before", range(len(STEPS)))
def test_a_jump_between_any_two_requests_changes_nothing(site, before, whose, jump_s):
    for number, (request, until) in enumerate(STEPS):
        request(site)
        if number == before:  # between the order and its report
            getattr(site, whose).jump(jump_s)
        arrive(site, until)
        if until != "done":
            (view,) = site.perform(DescribeRequest(("1",)))
            assert view.age_s >= 0
    entries = site.perform(LogRequest("1")).entries
    causes = [entry.cause.split()[0] for entry in entries if entry.cause.endswith("is done")]
    assert causes == ["run", "stop", "start", "reboot", "kill"]
    assert all(timing.took_s >= 0 for entry in entries for timing in entry.steps)
    assert not records.orders(site.ledger) and site.nodes["node1"].hypervisor.domains() == {}
    assert site.nodes["node1"].inbox.poisoned() == []


def test_a_lost_order_is_sent_again_though_the_clock_was_set_back(site):
    node = site.nodes["node1"]
    kept, node.link = node.link, MemoryLink({**node.agent.methods(), "submit": lambda params: {"accepted": 1}})
    site.run()
    node.link = kept
    site.cloud.links.close()
    site.here.jump(-HOUR_S)
    assert arrive(site, "running").state is State.RUNNING


def test_ages_are_never_negative_and_a_node_that_was_seen_in_time_to_come_is_looked_at(site):
    site.run()
    arrive(site, "running")
    dispatch.once(site.cloud)
    site.here.jump(-HOUR_S)
    node = site.nodes["node1"]

    assert observe.age_s(site.cloud, "node1") > HOUR_S
    node.link.fault = Fault.UNREACHABLE
    (view,) = site.perform(DescribeRequest())
    assert view.age_s == 0 and "does not answer" in view.stale
    assert not any("-" in reason.text.split("for")[-1] for reason in site.perform(WhyRequest("1")).reasons)
    node.link.fault = None
    site.here.jump(60.0)
    dispatch.refresh(site.cloud, older_than_s=30.0)
    assert 0 <= observe.age_s(site.cloud, "node1") < 30


@pytest.mark.slow
@pytest.mark.parametrize("jump_s", [HOUR_S, -HOUR_S], ids=["forward", "back"])
def test_a_dispatcher_lives_through_a_jump_though_a_command_takes_its_lease_meanwhile(site, jump_s):
    stop = threading.Event()
    service = threading.Thread(target=resident, args=(site.cloud, stop), daemon=True)
    service.start()
    while site.ledger.acquire(LEASE, "probe", 0.001) is not None:
        stop.wait(0.002)
    site.here.jump(jump_s)
    with inline_term(site.cloud) as term:
        assert (term is not None) == (jump_s > 0)
    site.run()
    assert arrive(site, "running").state is State.RUNNING
    assert service.is_alive()
    stop.set()
    service.join(DEADLINE_S)
    assert dispatch.once(site.cloud) == (1, 1)


def test_a_term_whose_clock_was_set_back_is_shortened_to_its_length_at_its_next_deed(site):
    with inline_term(site.cloud) as term:
        site.here.jump(-HOUR_S)
        assert term.lease().expires_s - site.here() <= 45.0


def test_what_was_left_behind_of_a_term_changes_nothing_more(site):
    with inline_term(site.cloud) as term:
        pass
    with pytest.raises(Conflict, match="is over"):
        term.lease()


def test_nothing_that_is_kept_depends_on_the_time_zone(site):
    before = os.environ.get("TZ")
    try:
        for zone, (request, until) in zip(
            ("UTC", "Pacific/Kiritimati", "America/New_York", "", "UTC"), STEPS, strict=True
        ):
            os.environ["TZ"] = zone
            time.tzset()
            request(site)
            arrive(site, until)
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()
    times = [entry.at_s for entry in site.perform(LogRequest("1")).entries]
    assert times == sorted(times) and times[-1] - times[0] < HOUR_S
