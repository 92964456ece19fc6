"""Carrying out orders: failures undo what was done and no more; a killed agent goes on where it was."""

import dataclasses
import itertools

import pytest

from stratus.errors import CommandFailed, StaleOrder
from stratus.model.domain import Power
from stratus.model.steps import WriteRecord
from stratus.nodeagent.carry_out import carry_out, give_up
from stratus.nodeagent.journal import Journal
from tests.model import samples
from tests.nodeagent.machine import NOTHING, Killed, Killer, Machine

VERBS = ("run", "kill", "stop", "stop --force", "start", "reboot")
BEFORE = {
    "run": (),
    "kill": ("run",),
    "stop": ("run",),
    "stop --force": ("run",),
    "start": ("run", "stop --force"),
    "reboot": ("run",),
}


class World:
    """A machine with a journal, on which the orders that come before `verb` have been carried out."""

    def __init__(self, folder, verb="run"):
        self.machine, self.folder = Machine(), folder
        self.numbers = itertools.count(1)
        for earlier in BEFORE[verb]:
            self.machine.do(samples.steps(earlier))

    def order(self, verb):
        return samples.order(verb, next(self.numbers))

    def carry_out(self, order, killer=None):
        journal = Journal(str(self.folder))
        guarded = killer.guard(journal) if killer else journal
        return carry_out(order, self.machine.doors(killer), guarded, itertools.count(100.0).__next__)


def outcomes(report):
    return [(timing.title, timing.outcome) for timing in report.timings]


def points(in_memory, verb, *, broken=False):
    """How many calls of journal and doors there are in an order that nobody interrupts."""
    world, killer = World(in_memory / "counted", verb), Killer()
    if broken:
        world.machine.break_start()
    world.carry_out(world.order(verb), killer)
    return len(killer.calls)


def every_point(in_memory, verb, *, broken=False):
    """(a world, its order, killed somewhere): each point, before and after the call."""
    for number, after in itertools.product(range(points(in_memory, verb, broken=broken)), (False, True)):
        world = World(in_memory / f"{number}-{after}", verb)
        if broken:
            world.machine.break_start()
        order = world.order(verb)
        with pytest.raises(Killed):
            world.carry_out(order, Killer(number, after=after))
        yield world, order


def test_a_run_does_every_step_in_order_and_says_how(in_memory):
    world = World(in_memory)
    order = world.order("run")
    report = world.carry_out(order)
    assert report.done and report.clean
    assert [title for title, _ in outcomes(report)] == [step.title for step in order.steps]
    assert {outcome for _, outcome in outcomes(report)} == {"did"}
    assert world.machine.holds() == {
        "domains": {"one-1": "running"},
        "files": sorted(
            f"/var/lib/stratus/instances/1/{name}"
            for name in ("context.iso", "domain.xml", "instance.json", "root.qcow2", "swap.raw", "volatile.raw")
        ),
        "folders": ["1"],
        "ports": ["st1n0"],
    }


def test_a_duplicate_is_answered_and_not_carried_out_again(in_memory):
    world = World(in_memory)
    order = world.order("run")
    first = world.carry_out(order)
    killer = Killer()
    assert world.carry_out(order, killer) == first
    assert killer.calls == ["ended"]


def test_an_order_that_a_newer_one_has_overtaken_is_refused_and_touches_nothing(in_memory):
    world = World(in_memory)
    run, kill = world.order("run"), world.order("kill")
    assert world.carry_out(kill).done
    report = world.carry_out(run)
    assert report.fault is not None and report.fault.code == StaleOrder.__name__
    assert world.machine.holds() == NOTHING


@pytest.mark.parametrize("verb", ["run", *(pytest.param(verb, marks=pytest.mark.slow) for verb in VERBS[1:])])
def test_an_agent_killed_anywhere_ends_the_order_once_as_if_nothing_had_been(in_memory, verb):
    calm = World(in_memory / "calm", verb)
    expected = calm.carry_out(calm.order(verb))
    for world, order in every_point(in_memory, verb):
        report = world.carry_out(order)
        assert report.done
        assert [title for title, _ in outcomes(report)] == [title for title, _ in outcomes(expected)]
        assert world.machine.holds() == calm.machine.holds()
        assert world.carry_out(order) == report
        assert Journal(str(world.folder)).past(order.id).begun == frozenset()


@pytest.mark.parametrize("verb", ["run", pytest.param("start", marks=pytest.mark.slow)])
def test_an_agent_killed_anywhere_in_an_order_that_fails_leaves_what_a_calm_failure_leaves(in_memory, verb):
    calm = World(in_memory / "calm", verb)
    calm.machine.break_start()
    calm.carry_out(calm.order(verb))
    for world, order in every_point(in_memory, verb, broken=True):
        report = world.carry_out(order)
        assert report.fault is not None and report.fault.message == "no emulator here"
        assert report.clean
        assert world.machine.holds() == calm.machine.holds()
        assert world.carry_out(order) == report


def test_an_agent_that_is_killed_again_and_again_gets_through(in_memory):
    world = World(in_memory)
    order = world.order("run")
    for lives in itertools.count(1):
        try:
            report = world.carry_out(order, Killer(8, after=lives % 2 == 0))
        except Killed:
            continue
        break
    assert report.done and lives > 3
    assert world.machine.holds()["domains"] == {"one-1": "running"}


def test_a_failure_undoes_in_reverse_what_was_done(in_memory):
    world = World(in_memory)
    world.machine.break_start()
    report = world.carry_out(world.order("run"))
    assert report.fault is not None
    assert (report.fault.code, report.fault.message) == (CommandFailed.__name__, "no emulator here")
    failed = [outcome for _, outcome in outcomes(report)].index("failed")
    assert outcomes(report)[failed:] == [
        ("start one-1", "failed"),
        ("start one-1", "undone"),
        ("define one-1", "undone"),
        ("let 172.30.16.2 speak through st1n0", "undone"),
        ("make the instance's folder", "undone"),
    ]
    assert world.machine.holds() == NOTHING


def test_what_was_done_already_is_not_undone(in_memory):
    world = World(in_memory, "start")
    assert world.machine.holds()["ports"] == ["st1n0"]
    world.machine.break_start()
    report = world.carry_out(world.order("start"))
    assert ("let 172.30.16.2 speak through st1n0", "was done") in outcomes(report)
    assert ("let 172.30.16.2 speak through st1n0", "undone") not in outcomes(report)
    assert world.machine.holds()["ports"] == ["st1n0"]


def test_what_an_earlier_life_did_is_undone_though_this_life_found_it_done(in_memory):
    world, killer = World(in_memory), Killer()
    order = world.order("run")
    world.carry_out(samples.order("run", 99, samples.instance(9)), killer)
    plugged = killer.calls.index("plug")
    with pytest.raises(Killed):
        world.carry_out(order, Killer(plugged, after=True))
    with pytest.raises(Killed):  # this life finds the port plugged, writes so, and is killed as well
        world.carry_out(order, Killer(5, after=True))
    world.machine.break_start()
    assert not world.carry_out(order).done
    assert "st1n0" not in world.machine.holds()["ports"]


def test_a_step_whose_probe_fails_is_not_undone_since_it_was_never_begun(in_memory):
    world = World(in_memory, "stop")
    order = samples.order("start", 50)
    powered = world.machine.hypervisor

    class Deaf(type(powered)):
        def domains(self):
            raise CommandFailed("libvirt does not answer")

    powered.__class__ = Deaf
    report = world.carry_out(order)
    powered.__class__ = Deaf.__mro__[1]
    assert not report.done
    assert ("start one-1", "failed") in outcomes(report) and ("start one-1", "undone") not in outcomes(report)
    assert powered.domains()["one-1"].power is Power.RUNNING


def test_what_cannot_be_undone_is_reported_and_the_rest_is_undone(in_memory):
    world = World(in_memory)
    world.machine.break_start()
    order = world.order("run")

    def refuse(directory):
        raise CommandFailed("the file system is read-only")

    world.machine.disks.remove = refuse
    report = world.carry_out(order)
    assert not report.clean
    assert outcomes(report)[-1] == ("make the instance's folder", "not undone: the file system is read-only")
    assert world.machine.holds()["ports"] == []


def test_an_order_that_is_given_up_is_undone_and_ended(in_memory):
    world = World(in_memory)
    order = world.order("run")
    world.machine.break_start(KeyError("a bug"))
    with pytest.raises(KeyError):
        world.carry_out(order)
    journal = Journal(str(in_memory))
    report = give_up(order, world.machine.doors(), journal, lambda: 200.0, "KeyError: 'a bug'")
    assert report.fault is not None and "KeyError: 'a bug'" in report.fault.message
    assert report.clean and world.machine.holds() == NOTHING
    assert world.carry_out(order) == report
    assert give_up(order, world.machine.doors(), journal, lambda: 300.0, "again") == report


def test_the_undo_of_a_definition_that_was_refused_leaves_the_domain_of_somebody_else(tmp_path):
    world = World(tmp_path)
    spec = samples.blueprint().domain
    world.machine.hypervisor.define(dataclasses.replace(spec, uuid="9" * 8 + spec.uuid[8:]))

    report = world.carry_out(world.order("run"))

    assert report.fault is not None and report.fault.code == "Conflict"
    assert spec.name in world.machine.hypervisor.domains()


def test_a_step_that_would_write_outside_the_state_directory_is_not_even_begun(in_memory):
    world = World(in_memory)
    order = world.order("run")
    bad = dataclasses.replace(order, steps=(*order.steps[:2], WriteRecord("/etc/cron.d/job", "* * * * * root true\n")))
    report = world.carry_out(bad)
    assert report.fault is not None and report.fault.message.startswith("'/etc/cron.d/job' is not below")
    assert report.clean and outcomes(report)[-2][1] == "failed"
    assert "/etc/cron.d/job" not in world.machine.disks.files
