"""Placement: never more than there is, and a refusal that says by how much."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.model.node import Used
from stratus.model.placement import Need, Ratios, Verdict, place, verdict
from tests.model import samples

amounts = st.integers(min_value=0, max_value=200)
needs = st.builds(Need, st.integers(1, 16), st.integers(1, 8192), st.integers(0, 20_000))
ratios = st.builds(Ratios, st.floats(0.5, 16), st.floats(0.5, 2), st.floats(0.5, 2))


def limits(node, ratios):
    return (
        int(node.hypervisor.cpus * ratios.cpu),
        int(node.hypervisor.ram_mib * ratios.ram),
        int(node.disk_mib * ratios.disk),
    )


@given(st.lists(needs, max_size=60), ratios, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_no_node_is_ever_promised_more_than_it_may_promise(wanted, ratios, count):
    nodes = {f"node{n}": samples.node(f"node{n}") for n in range(count)}
    placed = []
    for need in wanted:
        chosen, verdicts = place(need, list(nodes.values()), ratios)
        assert len(verdicts) == count
        if chosen is None:
            assert all(said.refusal for said in verdicts)
            continue
        nodes[chosen.name] = chosen.with_used(need.added_to(chosen.used))
        placed.append((chosen.name, need))
    for node in nodes.values():
        used = (node.used.vcpu, node.used.ram_mib, node.used.disk_mib)
        assert all(there <= limit for there, limit in zip(used, limits(node, ratios), strict=True))
        mine = [need for name, need in placed if name == node.name]
        assert node.used == Used(
            sum(n.vcpu for n in mine), sum(n.ram_mib for n in mine), sum(n.disk_mib for n in mine), len(mine)
        )


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
    assert verdict(need, samples.node(used=used), Ratios(cpu=1.0)) == Verdict("node1", refusal)


def test_a_node_that_is_off_or_switched_off_takes_nothing():
    need = Need(1, 1, 0)
    assert verdict(need, samples.node(enabled=False), Ratios()).refusal == "it is disabled"
    assert verdict(need, samples.node(trouble="no route"), Ratios()).refusal == "it does not answer: no route"
    assert place(need, [samples.node(enabled=False)], Ratios())[0] is None


def test_the_emptiest_node_is_chosen_and_the_first_by_name_among_equals():
    need = Need(1, 1, 0)
    full, empty = samples.node("a", used=Used(ram_mib=9000)), samples.node("b", used=Used(ram_mib=100))
    assert place(need, [full, empty], Ratios())[0] == empty
    assert place(need, [samples.node("b"), samples.node("a")], Ratios())[0] == samples.node("a")
