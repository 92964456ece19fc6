"""The table of states: nobody is trapped in it."""

import itertools

import pytest

from stratus.errors import Conflict
from stratus.model.states import FOLLOWS, SETTLED, State, check_move
from tests.model import samples

MOVES = set(itertools.product(State, State))
ALLOWED = {(now, then) for now, after in FOLLOWS.items() for then in after} | {(state, state) for state in State}


def reachable(state):
    found, fresh = {state}, {state}
    while fresh:
        fresh = {then for now in fresh for then in FOLLOWS[now]} - found
        found |= fresh
    return found


def test_the_table_names_every_state():
    assert set(FOLLOWS) == set(State)


@pytest.mark.parametrize("state", list(State))
def test_every_state_can_end(state):
    assert State.DONE in reachable(state)


@pytest.mark.parametrize("state", [state for state in State if state is not State.DONE])
def test_every_instance_can_be_killed(state):
    check_move(state, State.EPILOG)


def test_nothing_comes_after_done():
    assert reachable(State.DONE) == {State.DONE}


@pytest.mark.parametrize(("now", "then"), sorted(ALLOWED))
def test_what_the_table_allows_moves(now, then):
    moved = samples.instance(state=now).moved_to(then, at_s=5.0)
    assert (moved.state, moved.changed_s) == (then, 5.0)


@pytest.mark.parametrize(("now", "then"), sorted(MOVES - ALLOWED))
def test_what_the_table_does_not_name_is_a_conflict(now, then):
    with pytest.raises(Conflict, match=f"an instance that is {now} cannot become {then}"):
        samples.instance(state=now).moved_to(then, at_s=5.0)


def test_states_in_which_something_is_under_way_are_not_settled():
    assert State(SETTLED and "running") in SETTLED
    assert {State.PENDING, State.PROLOG, State.BOOT, State.SHUTDOWN, State.EPILOG, State.UNKNOWN} == set(
        State
    ) - SETTLED


def test_moving_forgets_an_old_error_and_takes_a_new_one():
    failed = samples.instance(state=State.RUNNING).moved_to(State.FAILED, at_s=1.0, error="it crashed", fix="kill it")
    assert (failed.error, failed.fix) == ("it crashed", "kill it")
    again = failed.moved_to(State.PENDING, at_s=2.0)
    assert (again.error, again.fix) == ("", "")
