"""An instance's history and its orders."""

from stratus.model.history import HISTORY_LIMIT, Entry, History
from stratus.model.states import State
from tests.model import samples


def test_a_full_history_keeps_its_beginning_and_its_end():
    history = History()
    for number in range(HISTORY_LIMIT * 2):
        history = history.then(Entry(float(number), State.RUNNING, str(number)))
    causes = [entry.cause for entry in history.entries]
    assert len(causes) == HISTORY_LIMIT
    assert causes[:10] == [str(number) for number in range(10)]
    assert causes[-1] == str(HISTORY_LIMIT * 2 - 1)


def test_each_order_is_a_generation_on():
    ordered = samples.instance().ordered("000000000001-1", State.STOPPED)
    assert (ordered.generation, ordered.order, ordered.goal) == (2, "000000000001-1", State.STOPPED)
    assert ordered.settled().order == ""
