"""What a look at a node makes of the instances there."""

import dataclasses

import pytest

from stratus.actions import dispatch, observe, records
from stratus.cloud import Links
from stratus.model.requests import DescribeRequest, KillRequest, StartRequest, StopRequest, WaitRequest, WhyRequest
from stratus.model.states import State


@pytest.fixture
def running(site):
    (instance,) = site.run(name="web")
    wait(site, "running")
    return instance


def wait(site, until):
    return site.perform(WaitRequest(("1",), until, 10.0))[0].instance


def look(site):
    dispatch.once(site.cloud)
    return site.perform(DescribeRequest(("1",)))[0].instance


def used(site):
    now = records.node(site.cloud.ledger, "node1")[0].used
    return now.vcpu, now.ram_mib, now.instances


def hypervisor(site):
    return site.nodes["node1"].hypervisor


def why(site):
    return [(reason.text, reason.fix) for reason in site.perform(WhyRequest("web")).reasons]


def test_one_that_runs_as_it_should_is_left_alone(site, running):
    revision = records.instance(site.cloud.ledger, 1)[1]
    assert look(site).state is State.RUNNING
    assert records.instance(site.cloud.ledger, 1)[1] == revision
    assert why(site) == [("it is running, as it should be", "")]


def test_a_guest_that_powers_itself_off_is_stopped_and_gives_its_capacity_back(site, running):
    hypervisor(site).power_off_itself("one-1")
    stopped = look(site)
    assert (stopped.state, stopped.error) == (State.STOPPED, "")
    assert used(site) == (0, 0, 1)
    assert why(site) == [("it was stopped, or it powered itself off", "stratus start 1")]
    site.perform(StartRequest(("1",)))
    wait(site, "running")
    assert used(site) == (1, 64, 1)


def test_a_guest_whose_emulator_died_has_failed(site, running):
    hypervisor(site).crash("one-1")
    failed = look(site)
    assert failed.state is State.FAILED and failed.error.startswith("the domain crashed")
    assert used(site) == (0, 0, 1)
    assert why(site)[0][0] == failed.error
    site.perform(KillRequest(("web",)))
    wait(site, "done")
    assert used(site) == (0, 0, 0)


def test_a_domain_that_somebody_took_away_has_failed_and_can_be_killed(site, running):
    hypervisor(site).destroy("one-1")
    hypervisor(site).undefine("one-1")
    failed = look(site)
    assert (failed.state, failed.error) == (State.FAILED, "the hypervisor does not know it any more")
    site.perform(KillRequest(("web",)))
    wait(site, "done")


def test_a_stopped_one_that_somebody_started_runs_and_its_capacity_counts_again(site, running):
    site.perform(StopRequest(("1",)))
    wait(site, "stopped")
    hypervisor(site).start("one-1")
    assert look(site).state is State.RUNNING
    assert used(site) == (1, 64, 1)
    site.perform(KillRequest(("1",)))
    wait(site, "done")
    assert used(site) == (0, 0, 0)


def test_looking_twice_gives_nothing_back_twice(site, running):
    hypervisor(site).power_off_itself("one-1")
    look(site)
    look(site)
    assert used(site) == (0, 0, 1)


def test_an_answer_that_is_older_than_the_instance_does_not_judge_it(site):
    """The node is asked before the instance is started, and answers after its start was reported."""
    node = records.node(site.cloud.ledger, "node1")[0]
    link = site.nodes["node1"].link

    class Late:
        def call(self, method, params, *, timeout_s=30.0):
            answer = link.call(method, params, timeout_s=timeout_s)
            if method == "sweep":
                site.run(name="web")
                wait(site, "running")
            return answer

    slow = dataclasses.replace(site.cloud, links=Links(lambda node: Late()))
    observe.sweep(slow, node)
    assert records.instance(site.cloud.ledger, 1)[0].state is State.RUNNING


def test_one_that_was_started_again_while_the_node_was_asked_is_not_judged(site, running):
    node = records.node(site.cloud.ledger, "node1")[0]
    link = site.nodes["node1"].link
    site.perform(StopRequest(("1",)))
    wait(site, "stopped")
    hypervisor(site).undefine("one-1")

    class Late:
        def call(self, method, params, *, timeout_s=30.0):
            answer = link.call(method, params, timeout_s=timeout_s)
            site.perform(StartRequest(("1",)))
            wait(site, "running")
            return answer

    observe.sweep(dataclasses.replace(site.cloud, links=Links(lambda node: Late())), node)
    assert records.instance(site.cloud.ledger, 1)[0].state is State.RUNNING


def test_one_with_an_order_under_way_is_not_judged(site, running):
    hypervisor(site).stubborn = True
    site.perform(StopRequest(("1",), deadline_s=0.5))
    hypervisor(site).crash("one-1")
    node = records.node(site.cloud.ledger, "node1")[0]
    before = records.instance(site.cloud.ledger, 1)
    observe.sweep(site.cloud, node)
    after = records.instance(site.cloud.ledger, 1)
    assert before == after or after[0].order == ""


def test_the_share_of_a_cpu_is_what_was_used_between_two_looks(site, running):
    now = [5000.0]
    spent = [0]
    link = site.nodes["node1"].link

    class Busy:
        def call(self, method, params, *, timeout_s=30.0):
            answer = link.call(method, params, timeout_s=timeout_s)
            answer["domains"]["one-1"]["cpu_time_ns"] = spent[0]
            return answer

    cloud = dataclasses.replace(site.cloud, links=Links(lambda node: Busy()), clock=lambda: now[0])
    node = records.node(site.cloud.ledger, "node1")[0]
    shares = []
    for moment, total in ((5000.0, 10**9), (5010.0, 6 * 10**9), (5010.0, 7 * 10**9), (5020.0, 0)):
        now[0], spent[0] = moment, total
        observe.sweep(cloud, node)
        shares.append(observe.last(cloud, "node1").samples["one-1"].cpu_percent)
    assert shares == [0, 50, 0, 0]
