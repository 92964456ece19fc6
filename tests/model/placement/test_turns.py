"""Whose turn it is: what waiting makes sense for, how long, and for whom a node is held."""

import dataclasses

from stratus.model.machine_type import MachineType
from stratus.model.node import STORAGE, Ailment, Used
from stratus.model.placement import Need
from stratus.model.placement.turns import AGEING_S, Waiting, is_possible, node_to_hold
from stratus.model.placement.wish import Rules, Wish
from stratus.model.requests import RunRequest
from tests.model import samples

KIND, RULES = MachineType("m1.small", 1, 1536, 0), Rules()
ASKED = RunRequest("tiny", samples.CONTEXT)


def waiting(owner: str = "alice", **asked: object) -> Waiting:
    return Waiting(dataclasses.replace(ASKED, **asked), owner, KIND, "local", 1000.0)  # type: ignore[arg-type]


def test_it_waits_as_long_as_the_site_says_or_for_ever():
    assert not waiting().is_over(1000.0 + 59, 60.0)
    assert waiting().is_over(1000.0 + 60, 60.0)
    assert not waiting().is_over(1e12, 0.0)
    assert not waiting().is_over(0.0, 60.0)  # the clock was set back
    assert waiting().is_aged(1000.0 + AGEING_S) and not waiting().is_aged(1000.0 + AGEING_S - 1)


def test_alike_is_what_is_refused_for_the_same_reasons():
    assert waiting(name="a", keymap="de").alike == waiting(name="b").alike
    for other in (waiting(zone="eu"), waiting(apart="x"), waiting(volatile_gib=1), waiting(nodes=("n1",))):
        assert other.alike != waiting().alike
    assert waiting("bob").alike != waiting().alike


def test_the_emptiest_node_that_could_take_it_is_held():
    small, large = Wish(Need(1, 64, 0)), Wish(Need(1, 10**9, 0))
    full, half = samples.node("n1", used=Used(8, 30000, 0, 3)), samples.node("n2", used=Used(1, 1000, 0, 1))
    assert node_to_hold(small, (full, half), RULES) == half
    assert node_to_hold(small, (full, dataclasses.replace(half, enabled=False)), RULES) == full
    assert node_to_hold(large, (full, half), RULES) is None


def test_waiting_makes_sense_where_a_node_could_take_it_when_it_is_well_and_empty():
    wish = Wish(Need(1, 64, 0), apart="web", apart_from=frozenset({"n1"}))
    sick = samples.node("n1", enabled=False, trouble="off", ailments=(Ailment("full"),), used=Used(999, 10**9, 0, 9))
    assert is_possible(wish, (sick,), Rules(held={"n1": "somebody"}))
    assert not is_possible(wish, (dataclasses.replace(sick, role=STORAGE),), RULES)
    assert not is_possible(Wish(Need(1, 64, 0), zone="mars"), (sick,), RULES)
    assert not is_possible(Wish(Need(10**6, 64, 0)), (sick,), RULES)
    assert not is_possible(wish, (), RULES)
