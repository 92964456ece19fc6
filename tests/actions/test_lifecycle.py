"""Each verb on a whole cloud in memory, as a user gives it."""

import pytest

from stratus.actions import records
from stratus.drivers.link.memory import Fault
from stratus.errors import BadInput, Conflict, DeadlineExceeded, NoCapacity, NotFound, StratusError
from stratus.model.requests import (
    DescribeRequest,
    KillRequest,
    LogRequest,
    RebootRequest,
    RunRequest,
    ShutdownRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
    WhyRequest,
)
from stratus.model.states import State
from tests.memory_cloud import ALICE, BOB, CONTEXT, ROOT


def wait(site, instance, until="running", actor=ALICE):
    (waited,) = site.perform(WaitRequest((str(instance.id),), until, 10.0), actor)
    return waited.instance


def left_over(site):
    """Everything that an instance could leave behind, anywhere."""
    node = site.nodes["node1"]
    ledger = site.cloud.ledger
    return {
        "domains": node.hypervisor.domains(),
        "files": node.disks.files,
        "ports": node.network.ports(),
        "addresses": ledger.find(records.ADDRESS),
        "names": ledger.find(records.NAME),
        "orders": ledger.find(records.ORDER),
        "used": [n.used for n, _ in records.nodes(ledger) if n.used.instances or n.used.ram_mib or n.used.disk_mib],
    }


def nothing(site):
    return {kind: type(what)() for kind, what in left_over(site).items()}


def test_a_run_ends_in_a_running_instance_with_its_address_known_at_once(site):
    (instance,) = site.run(name="web")
    assert instance.lease.address == "172.30.16.2"
    assert instance.lease.mac == "02:00:ac:1e:10:02"
    running = wait(site, instance)
    assert running.state is State.RUNNING
    assert site.nodes["node1"].hypervisor.domains()["one-1"].power.value == "running"


def test_the_history_tells_each_state_with_its_cause_and_its_steps(site):
    (instance,) = site.run()
    wait(site, instance)
    entries = site.perform(LogRequest("1")).entries
    assert [entry.state.value for entry in entries] == ["pending", "prolog", "boot", "running"]
    assert entries[0].cause == "run by alice"
    titles = [timing.title for timing in entries[-1].steps]
    assert titles[0].startswith("verify image") and titles[-1] == "start one-1"
    assert all(timing.outcome in ("did", "was done") for timing in entries[-1].steps)


def test_kill_leaves_nothing_behind(site):
    (instance,) = site.run(volatile_gib=1)
    wait(site, instance)
    site.perform(KillRequest(("1",)))
    assert wait(site, instance, "done").state is State.DONE
    assert left_over(site) == nothing(site)
    assert site.perform(DescribeRequest()) == ()
    assert [view.instance.id for view in site.perform(DescribeRequest(finished=True))] == [1]


def test_stop_keeps_disks_and_address_and_start_boots_the_same_machine(site):
    (instance,) = site.run()
    wait(site, instance)
    before = site.perform(DescribeRequest(("1",)))[0].blueprint
    site.perform(StopRequest(("1",)))
    stopped = wait(site, instance, "stopped")
    node = records.node(site.cloud.ledger, "node1")[0]
    assert (node.used.vcpu, node.used.ram_mib, node.used.instances) == (0, 0, 1)
    assert stopped.lease == instance.lease
    site.perform(StartRequest(("1",)))
    wait(site, instance)
    assert site.perform(DescribeRequest(("1",)))[0].blueprint == before
    assert records.node(site.cloud.ledger, "node1")[0].used.ram_mib == 64


def test_a_guest_that_ignores_the_button_keeps_running_and_says_what_to_do(site):
    (instance,) = site.run()
    wait(site, instance)
    site.nodes["node1"].hypervisor.stubborn = True
    site.perform(StopRequest(("1",), deadline_s=0.3))
    with pytest.raises(StratusError, match="is running, not stopped") as refused:
        wait(site, instance, "stopped")
    assert refused.value.hint == "stratus stop --force 1"
    site.perform(StopRequest(("1",), force=True))
    assert wait(site, instance, "stopped").error == ""


def test_shutdown_ends_the_instance_and_leaves_nothing(site):
    (instance,) = site.run()
    wait(site, instance)
    site.perform(ShutdownRequest(("1",)))
    wait(site, instance, "done")
    assert left_over(site) == nothing(site)


def test_reboot_keeps_it_running(site):
    (instance,) = site.run()
    wait(site, instance)
    for hard in (False, True):
        site.perform(RebootRequest(("1",), hard=hard))
        assert wait(site, instance).state is State.RUNNING


def test_a_run_that_fails_on_the_node_is_undone_and_tells_why(site):
    site.nodes["node1"].hypervisor.broken = "no emulator here"
    (instance,) = site.run(name="web")
    with pytest.raises(StratusError, match="no emulator here"):
        wait(site, instance)
    why = site.perform(WhyRequest("web"))
    assert "no emulator here" in why.reasons[0].text
    assert any("start one-1" in reason.text for reason in why.reasons)
    assert left_over(site) == nothing(site)
    site.perform(KillRequest(("1",)))
    assert site.perform(DescribeRequest()) == ()


def test_many_at_once_are_all_or_none(site):
    with pytest.raises(NoCapacity, match=r"node1: RAM: .* MiB short"):
        site.run(count=200, ram_mib=1024)
    assert left_over(site) == nothing(site)
    instances = site.run(count=3, name="web")
    assert [i.name for i in instances] == ["web-1", "web-2", "web-3"]
    assert len({i.lease.address for i in instances}) == 3


def test_a_taken_name_or_address_is_refused(site):
    site.run(name="web", address="172.30.16.9")
    with pytest.raises(Conflict, match="the name web is taken"):
        site.run(name="web")
    with pytest.raises(Conflict, match=r"172\.30\.16\.9 is in use"):
        site.run(address="172.30.16.9")
    with pytest.raises(BadInput):
        site.run(address="10.9.9.9")


@pytest.mark.parametrize("name", ["-x", "a b", "a;reboot", "x" * 64, "12", "é", "a\n", "../etc", "a.b", "$(id)"])
def test_a_name_that_is_no_host_name_is_refused(site, name):
    with pytest.raises(BadInput):
        site.run(name=name)


@pytest.mark.parametrize("wish", [{"count": 0}, {"count": 1001}, {"volatile_gib": -1}, {"keymap": "en us"}])
def test_what_no_cloud_could_do_is_refused(site, wish):
    with pytest.raises(BadInput):
        site.run(**wish)


def test_users_see_and_control_only_their_own(site):
    (instance,) = site.run(actor=ALICE, name="web")
    for target in ("1", "web"):
        for request in (KillRequest((target,)), StopRequest((target,)), LogRequest(target), WhyRequest(target)):
            with pytest.raises(NotFound):
                site.perform(request, BOB)
    assert site.perform(DescribeRequest(), BOB) == ()
    assert [view.instance.name for view in site.perform(DescribeRequest(), ROOT)] == ["web"]
    wait(site, instance)


def test_a_plan_changes_nothing_and_shows_what_is_then_carried_out(site):
    plan = site.perform(RunRequest("tiny", CONTEXT, ram_mib=64, plan=True)).plans[0]
    assert left_over(site) == nothing(site)
    (instance,) = site.run()
    wait(site, instance)
    did = site.perform(LogRequest("1")).entries[-1].steps
    assert [step.title for step in plan.steps] == [timing.title for timing in did]


def test_a_wait_that_gives_up_names_the_phase_and_changes_nothing(site):
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    (instance,) = site.run()
    with pytest.raises(DeadlineExceeded, match="still in pending"):
        site.perform(WaitRequest(("1",), "running", 0.3))
    assert "does not answer" in site.perform(WhyRequest("1")).reasons[0].text
    site.nodes["node1"].link.fault = None
    assert wait(site, instance).state is State.RUNNING


def test_killing_what_was_never_sent_asks_no_node(site):
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    site.run()
    site.perform(KillRequest(("1",)))
    assert site.perform(DescribeRequest()) == ()
    assert left_over(site) == nothing(site)


def test_a_busy_instance_refuses_all_but_kill(site):
    site.nodes["node1"].link.fault = Fault.UNREACHABLE
    site.run()
    with pytest.raises(Conflict, match="busy"):
        site.perform(StopRequest(("1",)))
