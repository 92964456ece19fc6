"""What every way through the gate's door keeps to; `new_gate` makes one to a front end as front_door.py is."""

from collections.abc import Callable

import pytest

from stratus.drivers.gate.protocol import Gate
from stratus.errors import GateUnreachable, NotFound
from stratus.model.requests import DescribeRequest, KillRequest, ListNodesRequest

NewGate = Callable[[], Gate]


def silent(*_: object) -> None:
    pass


class GateContract:
    def test_it_says_who_one_is_before_anything_is_asked(self, new_gate: NewGate) -> None:
        gate = new_gate()
        assert gate.welcome() is gate.welcome()
        assert (gate.welcome().user, gate.welcome().site.default_type) == ("alice", "m1.small")
        gate.close()

    def test_several_things_are_asked_one_after_another(self, new_gate: NewGate) -> None:
        gate = new_gate()
        told: list[tuple[str, int, int]] = []
        assert gate.perform(DescribeRequest(), lambda *each: told.append(each), silent) == ()
        assert gate.perform(ListNodesRequest(), silent, silent) == ()
        assert told == [("look", 1, 1)]
        gate.close()

    def test_a_file_goes_along(self, new_gate: NewGate, tmp_path) -> None:  # type: ignore[no-untyped-def]
        (tmp_path / "disk.img").write_bytes(b"\0\n\r" * 700_000)
        gate = new_gate()
        assert gate.upload(str(tmp_path / "disk.img"), silent) == "/uploads/disk.img-2100000"
        with pytest.raises(NotFound):
            gate.upload(str(tmp_path / "nothing"), silent)
        assert gate.perform(DescribeRequest(), silent, silent) == ()
        gate.close()

    def test_a_front_end_that_leaves_is_told_of(self, new_gate: NewGate) -> None:
        gate = new_gate()
        with pytest.raises(GateUnreachable, match="not known"):
            gate.perform(KillRequest(("web",)), silent, silent)
        gate.close()

    def test_it_may_be_closed_again_and_before_it_was_opened(self, new_gate: NewGate) -> None:
        gate = new_gate()
        gate.close()
        gate.welcome()
        gate.close()
        gate.close()
