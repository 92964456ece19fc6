"""The link in memory: the contract, and its faults."""

from collections.abc import Iterator

import pytest

from stratus.drivers.link.memory import Fault, MemoryLink
from stratus.drivers.link.protocol import Link
from stratus.errors import DeadlineExceeded, NodeUnreachable, NotFound
from tests.drivers.link.agent import METHODS
from tests.drivers.link.contract import LinkContract, agents_terminal


@pytest.fixture
def link() -> Iterator[Link]:
    link = MemoryLink(METHODS, terminal=agents_terminal)
    yield link
    link.close()


class TestMemoryLink(LinkContract):
    pass


class Clock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_an_unreachable_node_answers_nothing_until_it_is_back() -> None:
    link = MemoryLink(METHODS, node="n1", terminal=agents_terminal)
    link.fault = Fault.UNREACHABLE

    with pytest.raises(NodeUnreachable, match="n1"):
        link.call("echo", {})
    with pytest.raises(NodeUnreachable, match="n1"):
        link.attach(["version"])

    link.fault = None
    assert link.call("echo", {"back": True}) == {"back": True}


def test_a_silent_node_costs_the_whole_time() -> None:
    clock = Clock()
    link = MemoryLink(METHODS, node="n1", sleep=clock.sleep)
    link.fault = Fault.SILENT

    with pytest.raises(DeadlineExceeded, match="n1 did not answer echo within 7 s"):
        link.call("echo", {}, timeout_s=7)

    assert clock.slept == [7]


def test_a_slow_node_answers_after_its_delay_and_not_after_the_deadline() -> None:
    clock = Clock()
    link = MemoryLink(METHODS, sleep=clock.sleep)
    link.delay_s = 3.0

    assert link.call("echo", {"n": 1}, timeout_s=5) == {"n": 1}
    with pytest.raises(DeadlineExceeded):
        link.call("echo", {}, timeout_s=2)

    assert clock.slept == [3.0, 2]


def test_without_a_terminal_nothing_can_be_attached() -> None:
    with pytest.raises(NotFound, match="console 12"):
        MemoryLink(METHODS).attach(["console", "12"])
