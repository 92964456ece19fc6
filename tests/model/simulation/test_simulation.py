"""A simulated cloud: never fuller than it may be, the same again with the same seed, and nobody waits for ever."""

import dataclasses
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.model.moments import span
from stratus.model.placement import Need, Ratios, limit
from stratus.model.placement.wish import PACK, SPREAD, Rules
from stratus.model.simulation import Arrival, Outage, Setting, Workload, alike
from stratus.model.simulation.engine import Simulation
from stratus.model.simulation.picture import picture_of
from stratus.model.simulation.report import simulate

ONE = alike(1, cpus=4, ram_mib=4096, disk_mib=1000)
RULES = Rules(Ratios(1.0, 1.0, 1.0))
SMALL, LARGE = Need(1, 1024, 0), Need(4, 4096, 0)

arrivals = st.builds(
    Arrival,
    st.floats(0, 1000),
    st.floats(0, 500),
    st.builds(Need, st.integers(1, 5), st.integers(1, 4500), st.integers(0, 400)),
)
workloads = st.builds(
    Workload,
    st.lists(arrivals, max_size=40).map(tuple),
    st.lists(st.builds(Outage, st.floats(0, 1000), st.floats(0, 300), st.floats(0, 1)), max_size=4).map(tuple),
)
clouds = st.builds(
    Setting,
    st.integers(1, 5).map(lambda count: alike(count, cpus=4, ram_mib=4096, disk_mib=1000)),
    st.builds(Rules, st.builds(Ratios, st.floats(0.5, 3)), st.sampled_from([SPREAD, PACK])),
    st.sampled_from([0.0, 50.0, math.inf]),
    st.sampled_from([0.0, 30.0]),
    st.integers(0, 3),
)


@given(workloads, clouds)
@settings(max_examples=60, deadline=None)
def test_no_node_is_ever_fuller_than_it_may_be_and_everybody_is_told_of(workload, setting):
    simulation = Simulation(workload, setting)
    for _ in simulation.moments():
        for node in simulation.nodes.values():
            most = limit(node, setting.rules.ratios)
            used = (node.used.vcpu, node.used.ram_mib, node.used.disk_mib)
            assert all(there <= cap for there, cap in zip(used, dataclasses.astuple(most), strict=True))
    counts = simulation.counts
    assert len(simulation.waits_s) + counts["never"] + counts["impatient"] == len(workload.arrivals)
    assert all(node.used.instances == 0 for node in simulation.nodes.values()) and simulation.waiting == 0
    if setting.patience_s == math.inf:
        assert counts["impatient"] == 0
    assert simulate(workload, setting) == simulate(workload, setting)


def stream(large_at_s):
    """Small ones, one a second and so that one of them is always there, and a large one among them."""
    small = tuple(Arrival(float(n), 3.5, SMALL) for n in range(1000))
    return Workload((*small, Arrival(large_at_s, 10.0, LARGE)))


def test_a_large_one_is_not_starved_by_small_ones_that_never_end():
    aged = simulate(stream(10.2), Setting(ONE, RULES, math.inf, ageing_s=60.0))
    assert aged.placed == 1001 and aged.waits.longest_s == pytest.approx(62.3, abs=3)
    starved = simulate(stream(10.2), Setting(ONE, RULES, math.inf, ageing_s=0.0))
    assert starved.waits.longest_s > 900


def test_a_node_is_held_at_the_very_moment_that_was_reckoned():
    at_s, ageing_s = 100.7, 0.1
    assert at_s + ageing_s - at_s < ageing_s  # floating point has it so
    held = simulate(stream(at_s), Setting(ONE, RULES, math.inf, ageing_s))
    assert held.waits.longest_s < 20


def test_a_line_that_nobody_foresaw_makes_no_endless_list_of_samples():
    workload = Workload(tuple(Arrival(0.0, 1.0, LARGE) for _ in range(2000)))
    report = simulate(workload, Setting(ONE, RULES, math.inf, 0.0))
    assert report.ended_s == 2000 and 240 <= len(report.samples) < 480
    steps = {round(after.at_s - before.at_s, 6) for before, after in itertools.pairwise(report.samples)}
    assert len(steps) == 1 and [sample.waiting for sample in report.samples][:1] == [0]
    assert report.samples[240].waiting == pytest.approx(2000 - report.samples[240].at_s, abs=2)


def test_equal_ones_are_served_in_the_order_of_their_arrival():
    simulation = Simulation(
        Workload(tuple(Arrival(float(n), 100.0, LARGE) for n in range(5))), Setting(ONE, RULES, math.inf, 0.0)
    )
    list(simulation.moments())
    assert simulation.waits_s == [0.0, 99.0, 198.0, 297.0, 396.0]


def test_who_is_impatient_is_refused_and_who_fits_nowhere_too():
    workload = Workload((Arrival(0, 100, LARGE), Arrival(1, 1, SMALL), Arrival(2, 1, Need(5, 1, 0))))
    report = simulate(workload, Setting(ONE, RULES, 50.0, 0.0))
    assert (report.placed, report.refused, report.impossible) == (1, 1, 1)
    assert simulate(workload, Setting(ONE, RULES, 0.0, 0.0)).refused == 1
    assert simulate(workload, Setting(ONE, RULES, 99.5, 0.0)).waits.longest_s == 99.0


def test_what_an_outage_interrupts_goes_on_when_the_node_is_back():
    workload = Workload((Arrival(0, 100, LARGE), Arrival(10, 10, SMALL)), (Outage(40, 30, 0.01),))
    report = simulate(workload, Setting(ONE, RULES, math.inf, 0.0))
    assert (report.interrupted, report.ended_s, report.waits.longest_s) == (1, 140.0, 120.0)
    assert max(sample.down for sample in report.samples) == 1


def test_the_seed_chooses_the_nodes_that_go_down():
    workload = Workload(tuple(Arrival(0, 100 * n, LARGE) for n in range(1, 9)), (Outage(50, 50, 0.3),))
    nodes = alike(8, cpus=4, ram_mib=4096, disk_mib=0)
    reports = [simulate(workload, Setting(nodes, RULES, math.inf, 0.0, seed)) for seed in range(6)]
    assert len({report.samples for report in reports}) > 1


def test_shares_and_fragmentation_are_of_what_there_is():
    workload = Workload((Arrival(0, 100, Need(4, 1024, 0)), Arrival(0, 100, Need(1, 1024, 0)), Arrival(0, 100, SMALL)))
    report = simulate(workload, Setting(alike(2, cpus=4, ram_mib=4096, disk_mib=0), RULES, math.inf, 0.0))
    first = report.samples[1]
    assert (first.cpu, first.ram, first.running) == (6 / 8, 3 / 8, 3)
    assert first.stranded == 3 / 5  # the first node has no CPU left for its 3072 MiB


def test_nothing_at_all_is_simulated_too():
    report = simulate(Workload(()), Setting(ONE, RULES, math.inf, 60.0))
    assert (report.arrivals, report.samples, report.cpu) == (0, (), 0.0)
    assert "</svg>" in picture_of(report, "nothing")


def test_the_picture_has_every_sample_and_no_orders_of_others():
    report = simulate(stream(10.0), Setting(ONE, RULES, math.inf, 60.0))
    drawn = picture_of(report, '<script>\x1b"')
    assert "&lt;script&gt;?" in drawn and "<script>" not in drawn
    assert drawn.count("<polyline") == 7 and span(report.ended_s) in drawn
    points = drawn.split('points="')[1].split('"')[0].split()
    assert len(points) == len(report.samples)
