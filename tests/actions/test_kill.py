"""kill: whatever names and numbers it is given, each instance ends once, and what may be in use is kept."""

import pytest

from stratus.actions import records
from stratus.drivers.link.memory import Fault
from stratus.errors import BadInput, CommandFailed, Conflict, NotFound, StratusError
from stratus.model.requests import DescribeRequest, KillRequest, StartRequest, StopRequest, WaitRequest
from stratus.model.states import State
from tests.memory_cloud import ALICE, BOB


def wait(site, instance, until):
    (waited,) = site.perform(WaitRequest((str(instance.id),), until, 10.0))
    return waited.instance


def living(site):
    return [view.instance.id for view in site.perform(DescribeRequest())]


@pytest.mark.parametrize("sent", [True, False])
def test_names_ids_and_repetitions_may_be_mixed(site, sent):
    site.nodes["node1"].link.fault = None if sent else Fault.UNREACHABLE
    instances = site.run(count=3, name="web")
    accepted = site.perform(KillRequest(("web-1", "1", "1", "2", "web-2", "0002")))
    assert sorted(instance.id for instance in accepted.instances) == [1, 2]
    for instance in instances[:2]:
        assert wait(site, instance, "done").state is State.DONE
    assert living(site) == [3]


def test_some_were_sent_and_some_were_not(site):
    (first,) = site.run(name="first")
    wait(site, first, "running")
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    site.run(name="second")
    accepted = site.perform(KillRequest(("first", "second", "first")))
    assert {instance.id: instance.state.value for instance in accepted.instances} == {2: "done", 1: "epilog"}
    site.nodes["node1"].link.fault = None
    wait(site, first, "done")


@pytest.mark.parametrize("target", ["nobody", "99", "9" * 5000, "", "web\n", "'; drop", "-1", "1.0", "²"])
def test_one_unknown_target_keeps_all_alive(site, target):
    site.run(name="web")
    with pytest.raises(NotFound):
        site.perform(KillRequest(("web", target)))
    assert living(site) == [1]


def test_what_cannot_be_a_name_anywhere_is_refused(site):
    with pytest.raises(BadInput):
        site.perform(KillRequest(("a\0b",)))


def test_somebody_elses_instance_keeps_all_alive(site):
    site.run(actor=ALICE, name="hers")
    site.run(actor=BOB, name="his")
    with pytest.raises(NotFound):
        site.perform(KillRequest(("hers", "his")))
    assert living(site) == [1]


def test_one_that_is_done_is_a_conflict(site):
    (instance,) = site.run()
    site.perform(KillRequest(("1",)))
    wait(site, instance, "done")
    with pytest.raises(Conflict, match="instance 1 is done") as refused:
        site.perform(KillRequest(("1",)))
    assert refused.value.hint == "stratus log 1"


def test_a_plan_kills_nobody(site):
    (instance,) = site.run(name="web")
    wait(site, instance, "running")
    (plan,) = site.perform(KillRequest(("web", "1"), plan=True)).plans
    assert plan.steps[0].title == "take one-1's power away"
    assert living(site) == [1]


def test_a_plan_has_no_steps_where_nothing_was_sent_and_sends_nothing(site):
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    site.run(name="web")
    site.nodes["node1"].link.fault = None
    (plan,) = site.perform(KillRequest(("web",), plan=True)).plans
    assert plan.steps == ()
    assert records.instance(site.cloud.ledger, 1)[0].state is State.PENDING


def test_a_kill_overtakes_a_run_that_is_under_way(site):
    (instance,) = site.run()
    site.perform(KillRequest(("1",)))
    wait(site, instance, "done")
    assert site.nodes["node1"].hypervisor.domains() == {}
    causes = [entry.cause for entry in records.history(site.cloud.ledger, 1).entries]
    assert causes[-1] == "kill is done"


def test_a_kill_that_failed_keeps_everything_and_can_be_repeated(site):
    (instance,) = site.run()
    wait(site, instance, "running")
    node = site.nodes["node1"]
    undefine = node.hypervisor.undefine

    def refuse(name):
        raise CommandFailed("libvirt says no")

    node.hypervisor.undefine = refuse
    site.perform(KillRequest(("1",)))
    with pytest.raises(StratusError, match="libvirt says no"):
        wait(site, instance, "done")
    used = records.node(site.cloud.ledger, "node1")[0].used
    assert (used.instances, used.ram_mib) == (1, 64)
    node.hypervisor.undefine = undefine
    site.perform(KillRequest(("1",)))
    wait(site, instance, "done")
    used = records.node(site.cloud.ledger, "node1")[0].used
    assert (used.instances, used.ram_mib, used.disk_mib) == (0, 0, 0)


def test_a_run_whose_undo_failed_keeps_its_address_until_it_is_killed(site):
    node = site.nodes["node1"]
    node.hypervisor.broken = "no emulator here"
    unplug = node.network.unplug

    def refuse(port):
        raise CommandFailed("nft says no")

    node.network.unplug = refuse
    (instance,) = site.run(address="172.30.16.9")
    with pytest.raises(StratusError, match="no emulator here"):
        wait(site, instance, "running")
    with pytest.raises(Conflict, match=r"172\.30\.16\.9 is in use"):
        site.run(address="172.30.16.9")
    node.network.unplug, node.hypervisor.broken = unplug, ""
    site.perform(KillRequest(("1",)))
    wait(site, instance, "done")
    site.run(address="172.30.16.9")


def test_what_a_done_instance_was_told_is_forgotten(site):
    (instance,) = site.run()
    wait(site, instance, "running")
    assert len(site.cloud.ledger.find(records.BLUEPRINT)) == 1
    site.perform(KillRequest(("1",)))
    wait(site, instance, "done")
    assert site.cloud.ledger.find(records.BLUEPRINT) == []


def test_a_start_that_failed_leaves_it_startable_and_counts_no_capacity(site):
    (instance,) = site.run()
    wait(site, instance, "running")
    site.perform(StopRequest(("1",)))
    wait(site, instance, "stopped")
    hypervisor = site.nodes["node1"].hypervisor
    hypervisor.broken = "no memory"
    site.perform(StartRequest(("1",)))
    with pytest.raises(StratusError, match="no memory"):
        wait(site, instance, "running")
    assert records.node(site.cloud.ledger, "node1")[0].used.ram_mib == 0
    hypervisor.broken = ""
    site.perform(StartRequest(("1",)))
    assert wait(site, instance, "running").lease == instance.lease
    assert records.node(site.cloud.ledger, "node1")[0].used.ram_mib == 64
