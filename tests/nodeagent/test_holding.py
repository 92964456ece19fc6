"""By whom a node is held, as it keeps it on its disk."""

import pytest

from stratus.errors import StaleOrder, StratusError
from stratus.model.codec import encode
from stratus.model.hold import Held, Hold
from stratus.nodeagent.holding import Holding


@pytest.fixture
def path(tmp_path):
    return tmp_path / "node" / "hold.json"


def show(path, *hold):
    with Holding(str(path)).shown(encode(Hold(*hold))):
        return Holding(str(path)).held()


def test_a_token_is_on_the_disk_before_anything_is_done_for_who_showed_it(path):
    assert Holding(str(path)).held() == Held()
    assert show(path, 1, "a") == Held(1, "a")
    assert show(path, 1, "b", ("a",)) == Held(1, "b")


def test_nothing_is_done_for_who_is_refused_and_nothing_is_kept_of_him(path):
    show(path, 1, "a")
    done = []
    with pytest.raises(StaleOrder), Holding(str(path)).shown(encode(Hold(1, "x", ("y",)))):
        done.append(1)
    assert not done and Holding(str(path)).held() == Held(1, "a")


def test_a_token_that_is_known_costs_no_write(path):
    show(path, 1, "a")
    before = path.stat().st_ino
    show(path, 1, "a")
    assert path.stat().st_ino == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"epoch": "x", "token": 1}'])
def test_a_damaged_file_lets_nobody_in_and_says_what_to_do(path, text):
    holding = Holding(str(path))
    path.write_text(text)
    with pytest.raises(StratusError, match="does not say who has this node in hand") as refusal:
        holding.held()
    assert refusal.value.hint.endswith(f"rm {path}")
