"""The caller's half of the link, against the other end of a pair of sockets."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stratus.drivers.link.wire import Streams, Wire
from stratus.errors import DeadlineExceeded, NodeUnreachable

HELLO = {"hello": {"protocol": 1, "version": "0", "pid": 1}}


class FarEnd:
    """The other end: says what the test wants."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.theirs.settimeout(10)
        self.lines = self.theirs.makefile("rb")
        self.freed = threading.Event()

    def streams(self) -> Streams:
        cause = NodeUnreachable("n1: the cable was cut", hint="mend it")
        return Streams(self.ours.recv, self.ours.sendall, self._close, self.freed.set, lambda: cause)

    def say(self, *documents: Any) -> None:
        self.theirs.sendall(b"".join(json.dumps(document).encode() + b"\n" for document in documents))

    def hear(self) -> dict[str, Any]:
        request: dict[str, Any] = json.loads(self.lines.readline())
        return request

    def cut(self) -> None:
        self.theirs.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        try:
            self.ours.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


@pytest.fixture
def far() -> Iterator[FarEnd]:
    far = FarEnd()
    yield far
    for thing in (far.lines, far.theirs, far.ours):
        thing.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def opened(far: FarEnd) -> Wire:
    far.say(HELLO)
    return Wire.opened("n1", far.streams(), timeout_s=5)


def test_a_request_carries_method_params_and_the_time_that_is_left(far: FarEnd, pool: ThreadPoolExecutor) -> None:
    wire = opened(far)
    answer = pool.submit(wire.call, "echo", {"a": 1}, timeout_s=5, spent_s=2)

    request = far.hear()
    far.say({"id": request["id"], "result": {"b": 2}})

    assert request == {"id": request["id"], "method": "echo", "params": {"a": 1}, "timeout_s": 3.0}
    assert answer.result() == {"b": 2}
    wire.close()


def test_answers_find_their_callers_in_any_order(far: FarEnd, pool: ThreadPoolExecutor) -> None:
    wire = opened(far)
    calls = {number: pool.submit(wire.call, "echo", {"n": number}, timeout_s=5) for number in range(4)}

    requests = [far.hear() for _ in calls]
    far.say(*({"id": request["id"], "result": request["params"]} for request in reversed(requests)))

    assert {number: call.result() for number, call in calls.items()} == {number: {"n": number} for number in calls}
    wire.close()


def test_rubbish_strangers_and_late_answers_are_dropped(far: FarEnd, pool: ThreadPoolExecutor) -> None:
    wire = opened(far)
    with pytest.raises(DeadlineExceeded):
        wire.call("echo", {}, timeout_s=0.2)
    late = far.hear()["id"]
    call = pool.submit(wire.call, "echo", {}, timeout_s=5)
    wanted = far.hear()["id"]

    far.theirs.sendall(b"a print that went astray\n")
    far.say([1], {"id": 999, "result": {}}, {"id": None, "error": {}}, {"id": late, "result": {"late": True}})
    far.say({"id": wanted, "result": {"right": True}})

    assert call.result() == {"right": True}
    wire.close()


def test_when_the_stream_ends_all_who_wait_are_told_why(far: FarEnd, pool: ThreadPoolExecutor) -> None:
    wire = opened(far)
    calls = [pool.submit(wire.call, "echo", {}, timeout_s=5) for _ in range(3)]
    for _ in calls:
        far.hear()

    far.cut()

    for call in calls:
        with pytest.raises(NodeUnreachable, match="n1: the cable was cut") as caught:
            call.result()
        assert caught.value.hint == "mend it"
    assert wire.ended
    with pytest.raises(NodeUnreachable, match="the cable was cut"):
        wire.call("echo", {}, timeout_s=5)
    assert far.freed.wait(5)


def test_what_was_given_up_before_it_was_sent_is_not_sent(far: FarEnd) -> None:
    wire = opened(far)
    with pytest.raises(DeadlineExceeded):
        wire.call("fill", {"text": "x" * 2**22}, timeout_s=0.05)  # more than the sockets hold: its writer is stuck
    with pytest.raises(DeadlineExceeded):
        wire.call("forgotten", {}, timeout_s=0.01)
    with ThreadPoolExecutor() as pool:
        call = pool.submit(wire.call, "wanted", {}, timeout_s=5)

        heard = [far.hear(), far.hear()]
        far.say({"id": heard[1]["id"], "result": {}})

        assert [request["method"] for request in heard] == ["fill", "wanted"]
        assert call.result() == {}
    wire.close()


def test_without_a_hello_nothing_is_opened_and_the_streams_are_let_go(far: FarEnd) -> None:
    with pytest.raises(NodeUnreachable, match="did not say hello"):
        Wire.opened("n1", far.streams(), timeout_s=0.05)

    assert far.freed.wait(5)
