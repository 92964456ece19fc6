"""Choosing a node: never more than there is, the same choice again, and a refusal that says by how much."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.model.node import Used
from stratus.model.placement import Need, Ratios, limit
from stratus.model.placement.choice import place, weigh, weigh_next
from stratus.model.placement.requirements.parser import requirements_of
from stratus.model.placement.verdict import Verdict, takes, verdict
from stratus.model.placement.wish import PACK, SPREAD, Rules, Wish
from tests.model import samples

needs = st.builds(Need, st.integers(1, 16), st.integers(1, 8192), st.integers(0, 20_000))
ratios = st.builds(Ratios, st.floats(0.5, 16), st.floats(0.5, 2), st.floats(0.5, 2))
rules = st.builds(Rules, ratios, st.sampled_from([SPREAD, PACK]))
groups = st.sampled_from(["", "web", "db"])
useds = st.builds(Used, st.integers(0, 200), st.integers(0, 20_000), st.integers(0, 120_000))
nodes = st.lists(
    st.builds(
        samples.node,
        st.sampled_from([f"node{n}" for n in range(8)]),
        used=useds,
        enabled=st.booleans(),
        zone=st.sampled_from(["", "eu", "eu/paris", "eu/parisian"]),
    ),
    max_size=8,
    unique_by=lambda node: node.name,
)
wishes = st.builds(Wish, needs, st.sampled_from(["", "eu", "eu/paris"]), apart_from=st.just(frozenset({"node3"})))


@given(st.lists(st.tuples(needs, groups, groups), max_size=40), rules, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_no_node_is_promised_more_than_it_may_and_no_group_is_broken(wanted, rules, count):
    cloud = {f"node{n}": samples.node(f"node{n}") for n in range(count)}
    placed = []
    for need, together, apart in wanted:
        on = [node for node, _, group, _ in placed if group and group == together]
        away = frozenset(node for node, _, _, group in placed if group and group == apart)
        wish = Wish(need, together=together, together_on=on[0] if on else "", apart=apart, apart_from=away)
        chosen = place(wish, cloud.values(), rules)
        if chosen is None:
            assert all(verdict(wish, node, rules).refusal for node in cloud.values())
            continue
        cloud[chosen.name] = chosen.with_used(need.added_to(chosen.used))
        placed.append((chosen.name, need, together, apart))
    for node in cloud.values():
        most, mine = limit(node, rules.ratios), [need for name, need, _, _ in placed if name == node.name]
        amounts = sum(n.vcpu for n in mine), sum(n.ram_mib for n in mine), sum(n.disk_mib for n in mine)
        assert node.used == Used(*amounts, len(mine))
        assert all(used <= cap for used, cap in zip(amounts, dataclasses.astuple(most), strict=True))
        apart = [group for name, _, _, group in placed if group and name == node.name]
        assert len(apart) == len(set(apart))
    together = {(group, name) for name, _, group, _ in placed if group}
    assert len(together) == len({group for group, _ in together})


@given(wishes, nodes, rules, st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_the_choice_is_the_same_in_whatever_order_the_nodes_come(wish, nodes, rules, random):
    chosen, choice = place(wish, nodes, rules), weigh(wish, nodes, rules)
    shuffled = random.sample(nodes, len(nodes))
    assert place(wish, shuffled, rules) == chosen
    assert choice.takers[:1] == ((chosen,) if chosen else ())
    assert weigh(wish, shuffled, rules).takers == choice.takers
    for node in nodes:
        assert takes(wish, node, rules) is (node in choice.takers) is (not verdict(wish, node, rules).refusal)


@given(needs, nodes, rules)
@settings(deadline=None)
def test_what_fits_on_an_empty_node_is_not_refused_while_one_is_empty_and_allowed(need, nodes, rules):
    empty = samples.node("empty")
    fits = all(
        a <= b for a, b in zip(dataclasses.astuple(need), dataclasses.astuple(limit(empty, rules.ratios)), strict=True)
    )
    assert not fits or place(Wish(need), [*nodes, empty], rules) is not None


@given(st.lists(needs, min_size=1, max_size=20))
@settings(deadline=None)
def test_what_was_taken_is_given_back_exactly(wanted):
    used = Used()
    for need in wanted:
        used = need.added_to(used)
    for need in wanted:
        used = need.taken_from(used)
    assert used == Used()


def test_giving_back_too_much_stops_at_nothing():
    assert Need(1, 1, 1).taken_from(Used()) == Used()


@pytest.mark.parametrize(
    ("need", "used", "refusal"),
    [
        (Need(8, 16384, 100_000), Used(), ""),
        (Need(9, 1, 0), Used(), "CPU: 9 wanted, 8 of 8 free, 1 short"),
        (Need(1, 1024, 0), Used(0, 15872), "RAM: 1024 MiB wanted, 512 MiB of 16384 MiB free, 512 MiB short"),
        (Need(1, 1, 10), Used(0, 0, 99_999), "disk: 10 MiB wanted, 1 MiB of 100000 MiB free, 9 MiB short"),
        (
            Need(9, 20000, 0),
            Used(1),
            "CPU: 9 wanted, 7 of 8 free, 2 short; RAM: 20000 MiB wanted, 16384 MiB of 16384 MiB free, 3616 MiB short",
        ),
        (Need(1, 1, 0), Used(0, 20_000), "RAM: 1 MiB wanted, 0 MiB of 16384 MiB free, 3617 MiB short"),
    ],
)
def test_a_refusal_says_what_is_missing_and_by_how_much(need, used, refusal):
    assert verdict(Wish(need), samples.node(used=used), Rules(Ratios(cpu=1.0))) == Verdict("node1", refusal)


@pytest.mark.parametrize(
    ("node", "wish", "refusal"),
    [
        ({"enabled": False}, {}, "it is disabled"),
        ({"trouble": "no route"}, {}, "it does not answer: no route"),
        ({"zone": "eu/lyon"}, {"zone": "eu/paris"}, "it is in zone eu/lyon, not in eu/paris"),
        ({}, {"zone": "eu"}, "it is in no zone, not in eu"),
        ({}, {"together": "db", "together_on": "node7"}, "the group db is together on node7"),
        ({}, {"apart": "web", "apart_from": frozenset({"node1"})}, "the group web stays apart, and one of it is there"),
        ({}, {"requirements": requirements_of("GPU = yes")}, 'it does not meet GPU = "yes": it has none'),
    ],
)
def test_a_bar_says_what_it_is(node, wish, refusal):
    wanted = Wish(Need(1, 1, 0), **wish)
    assert verdict(wanted, samples.node(**node), Rules()).refusal == refusal
    assert place(wanted, [samples.node(**node)], Rules()) is None


def test_room_that_is_reserved_or_held_is_for_others():
    node, rules = samples.node(), Rules(kept={"node1": Need(0, 16000, 0)})
    said = "RAM: 512 MiB wanted, 384 MiB of 16384 MiB free, 16000 MiB reserved for others, 128 MiB short"
    assert verdict(Wish(Need(1, 512, 0)), node, rules).refusal == said
    assert verdict(Wish(Need(1, 1, 0)), node, Rules(held={"node1": "bob"})).refusal == "it is held for bob"


def test_the_emptiest_node_is_chosen_or_the_fullest_and_the_first_by_name_among_equals():
    wish = Wish(Need(1, 1, 0))
    full, empty = samples.node("a", used=Used(ram_mib=9000)), samples.node("b", used=Used(ram_mib=100))
    assert place(wish, [full, empty], Rules()) == empty
    assert place(wish, [full, empty], Rules(policy=PACK)) == full
    assert place(wish, [samples.node("b"), samples.node("a")], Rules()) == samples.node("a")


def test_the_emptiest_is_that_which_keeps_most_of_what_it_will_have_least_of():
    cpus_gone, disk_gone = samples.node("a", used=Used(vcpu=120)), samples.node("b", used=Used(disk_mib=50_000))
    assert place(Wish(Need(1, 1, 0)), [cpus_gone, disk_gone], Rules()) == disk_gone


@given(wishes, nodes, rules, st.sampled_from(["", "web"]))
@settings(max_examples=200, deadline=None)
def test_one_more_of_a_kind_is_weighed_as_if_all_were_asked_again(wish, nodes, rules, apart):
    apart_from = wish.apart_from if apart else frozenset()
    cloud, wish = {node.name: node for node in nodes}, dataclasses.replace(wish, apart=apart, apart_from=apart_from)
    choice = weigh(wish, cloud.values(), rules)
    while choice.takers and cloud[choice.takers[0].name].used.instances < 20:
        best = choice.takers[0]
        cloud[best.name] = best.with_used(wish.need.added_to(best.used))
        wish = wish.placed_on(best.name)
        choice = weigh_next(choice, wish, cloud[best.name], rules)
        assert choice == weigh(wish, cloud.values(), rules)
