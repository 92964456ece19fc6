"""The rule by which a node tells its front end from a copy of it."""

import pytest

from stratus.errors import StaleOrder
from stratus.model.hold import Held, Hold, taken


def test_a_node_that_nobody_holds_takes_whoever_comes_first():
    assert taken(Held(), Hold(1, "a")) == Held(1, "a")
    assert taken(Held(), Hold(7, "b", ("a",))) == Held(7, "b")


def test_each_token_follows_the_one_before():
    assert taken(Held(1, "a"), Hold(1, "b", ("a",))) == Held(1, "b")
    assert taken(Held(1, "b"), Hold(1, "b", ("a",))) == Held(1, "b")
    with pytest.raises(StaleOrder, match="a copy, or an older life of another one: another front end"):
        taken(Held(1, "b"), Hold(1, "c", ("a",)))


def test_a_newer_life_is_let_in_and_the_older_one_no_more():
    assert taken(Held(1, "a"), Hold(2, "x")) == Held(2, "x")
    with pytest.raises(StaleOrder, match=r"epoch 1 has ended \(the node is in epoch 2\)") as refusal:
        taken(Held(2, "x"), Hold(1, "b", ("a", "x")))
    assert refusal.value.hint.endswith("stratus recover --take-over")


def test_a_front_end_that_shows_nothing_is_obeyed_until_one_has_shown_something():
    assert taken(Held(), None) == Held()
    with pytest.raises(StaleOrder, match="shows no hold"):
        taken(Held(1, "a"), None)
