"""Capacity: as many as placement would really place, and what ends first."""

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.model.node import Used
from stratus.model.placement import Need, Ratios
from stratus.model.placement.capacity import fill_of, grouped
from stratus.model.placement.choice import place
from stratus.model.placement.wish import PACK, SPREAD, Rules, Wish
from tests.model import samples

wishes = st.builds(Wish, st.builds(Need, st.integers(1, 8), st.integers(1000, 9000), st.integers(0, 30_000)))
nodes = st.lists(
    st.builds(
        lambda used, enabled, zone: samples.node(used=used, enabled=enabled, zone=zone),
        st.builds(Used, st.integers(0, 40), st.integers(0, 20_000), st.integers(0, 120_000)),
        st.sampled_from([True, True, True, False]),
        st.sampled_from(["", "eu"]),
    ),
    max_size=4,
).map(lambda many: [dataclasses.replace(node, name=f"node{n}") for n, node in enumerate(many)])


@given(wishes, nodes, st.floats(0.5, 4), st.sampled_from([SPREAD, PACK]))
@settings(max_examples=80, deadline=None)
def test_capacity_is_what_is_placed_until_the_cloud_is_full(wish, nodes, cpu_ratio, policy):
    rules = Rules(Ratios(cpu_ratio, 1.0, 1.0), policy, {"node0": Need(1, 2000, 0)})
    cloud = {node.name: node for node in nodes}
    placed = 0
    while chosen := place(wish, cloud.values(), rules):
        cloud[chosen.name] = chosen.with_used(wish.need.added_to(chosen.used))
        placed += 1
    fills = [fill_of("t", wish, node, rules) for node in nodes]
    assert sum(fill.fits for fill in fills) == placed
    assert sum(fill.fits for fill in grouped(fills, "type")) == sum(f.fits for f in grouped(fills, "zone")) == placed


def test_what_ends_first_is_named_for_each_node_and_for_most_of_a_zone():
    full = samples.node("b", used=Used(ram_mib=16384), zone="eu")
    nodes = [samples.node("a", used=Used(vcpu=127), zone="eu"), full, samples.node("c", enabled=False, zone="us")]
    fills = [fill_of("t", Wish(Need(1, 1024, 0)), node, Rules()) for node in nodes]
    told = [(fill.node, fill.fits, fill.tight, fill.refusal) for fill in fills]
    assert told == [("a", 1, "cpu", ""), ("b", 0, "ram", ""), ("c", 0, "", "it is disabled")]
    assert [(f.zone, f.nodes, f.fits, f.tight) for f in grouped(fills, "zone")] == [
        ("eu", 2, 1, "ram"),
        ("us", 1, 0, ""),
    ]
