"""The agent's end of the link, spoken to in bytes."""

import io
import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import pytest

from stratus import __version__
from stratus.drivers.link.lines import Method
from stratus.errors import NoCapacity
from stratus.nodeagent.serve import serve
from tests.drivers.link.places import eventually


def echo(params: dict[str, Any]) -> dict[str, Any]:
    return params


def refuse(_: dict[str, Any]) -> dict[str, Any]:
    raise NoCapacity("no room", hint="stratus why 12")


def crash(_: dict[str, Any]) -> dict[str, Any]:
    raise KeyError("lost")


def not_an_object(_: dict[str, Any]) -> Any:
    return [1]


def huge(_: dict[str, Any]) -> dict[str, Any]:
    return {"text": "x" * 1000}


METHODS: dict[str, Method] = {
    "echo": echo,
    "refuse": refuse,
    "crash": crash,
    "not_an_object": not_an_object,
    "huge": huge,
}


def spoken(*lines: bytes | dict[str, Any], max_line_bytes: int = 500) -> list[dict[str, Any]]:
    """What a service says after its hello to these lines."""
    text = b"".join(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines)
    output = io.BytesIO()
    serve(METHODS, input=io.BytesIO(text), output=output, max_line_bytes=max_line_bytes, workers=1)
    hello, *answers = [json.loads(line) for line in output.getvalue().splitlines()]
    assert "hello" in hello
    return answers


def error_of(answer: dict[str, Any]) -> tuple[Any, str]:
    return answer["id"], answer["error"]["code"]


def test_it_says_hello_first() -> None:
    output = io.BytesIO()

    serve(METHODS, input=io.BytesIO(), output=output)

    assert json.loads(output.getvalue()) == {
        "hello": {"protocol": 1, "newest": 2, "version": __version__, "pid": os.getpid()}
    }


def test_a_request_is_answered_with_its_id() -> None:
    assert spoken({"id": 7, "method": "echo", "params": {"a": 1}, "timeout_s": 30}) == [{"id": 7, "result": {"a": 1}}]
    assert spoken({"id": "seven", "method": "echo"}) == [{"id": "seven", "result": {}}]


def test_an_expected_error_carries_its_kind_and_hint() -> None:
    assert spoken({"id": 1, "method": "refuse"}) == [
        {"id": 1, "error": {"code": "NoCapacity", "message": "no room", "hint": "stratus why 12"}}
    ]


def test_a_bug_carries_its_type_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    (answer,) = spoken({"id": 1, "method": "crash"})

    assert answer == {"id": 1, "error": {"code": "Bug", "message": "KeyError: 'lost'", "hint": ""}}
    assert "a bug in crash" in caplog.text


@pytest.mark.parametrize(
    "line", [b"garbage\n", b"[1, 2]\n", b"12\n", b"\xff\xfe\n", b"[" * 499 + b"\n", b'{"id": 1\n', b"\x00\n"]
)
def test_a_line_that_is_no_object_is_answered_and_service_goes_on(line: bytes) -> None:
    first, second = spoken(line, {"id": 2, "method": "echo"})

    assert error_of(first) == (None, "BadInput")
    assert second == {"id": 2, "result": {}}


def test_a_line_too_long_is_answered_and_service_goes_on() -> None:
    first, second = spoken(b"x" * 200_000 + b"\n", {"id": 2, "method": "echo"})

    assert error_of(first) == (None, "BadInput")
    assert second == {"id": 2, "result": {}}


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"id": 1, "method": "frobnicate"}, (1, "NotFound")),
        ({"id": 1}, (1, "BadInput")),
        ({"id": 1, "method": ["echo"]}, (1, "BadInput")),
        ({"id": 1, "method": "echo", "params": [1]}, (1, "BadInput")),
        ({"method": "echo"}, (None, "BadInput")),
        ({"id": {"a": 1}, "method": "echo"}, (None, "BadInput")),
        ({"id": 1, "method": "not_an_object"}, (1, "Bug")),
        ({"id": 1, "method": "huge"}, (1, "BadInput")),
    ],
)
def test_what_is_wrong_with_a_request_is_told(request_: dict[str, Any], error: tuple[Any, str]) -> None:
    first, second = spoken(request_, {"id": 2, "method": "echo"})

    assert error_of(first) == error
    assert second == {"id": 2, "result": {}}


def test_empty_lines_are_nothing_and_a_torn_last_line_is_dropped() -> None:
    assert spoken(b"\n \n", {"id": 1, "method": "echo"}, b'{"id": 2, "method": "echo"}') == [{"id": 1, "result": {}}]


class Served:
    """A service on pipes in a thread, its methods among them one that waits to be told."""

    def __init__(self, workers: int = 16) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        there, self._requests = os.pipe()
        self._answers, back = os.pipe()
        self.requests: BinaryIO = os.fdopen(self._requests, "wb", buffering=0)
        self.answers: BinaryIO = os.fdopen(self._answers, "rb")
        self._input, self._output = os.fdopen(there, "rb"), os.fdopen(back, "wb")
        self.thread = threading.Thread(target=self._run, args=(workers,), daemon=True)
        self.thread.start()
        self.hello = self.answer()

    def ask(self, **request: Any) -> None:
        self.requests.write(json.dumps(request).encode() + b"\n")

    def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def ended(self, timeout_s: float = 5.0) -> bool:
        self.thread.join(timeout_s)
        return not self.thread.is_alive()

    def _run(self, workers: int) -> None:
        serve({**METHODS, "wait": self._wait}, input=self._input, output=self._output, workers=workers)

    def _wait(self, _: dict[str, Any]) -> dict[str, Any]:
        self.begun.release()
        assert self.go.wait(10)
        return {"waited": True}

    def close(self) -> None:
        self.go.set()
        for file in (self.requests, self.answers, self._output):
            with suppress(OSError):
                file.close()


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


def test_answers_come_as_they_are_ready(served: Served) -> None:
    served.ask(id=1, method="wait")
    served.ask(id=2, method="echo")

    assert served.answer()["id"] == 2
    served.go.set()
    assert served.answer() == {"id": 1, "result": {"waited": True}}


def test_at_the_end_of_the_input_what_is_in_hand_is_answered(served: Served) -> None:
    served.ask(id=1, method="wait")
    served.begun.acquire(timeout=5)
    served.requests.close()

    assert not served.ended(0.05)
    served.go.set()
    assert served.answer() == {"id": 1, "result": {"waited": True}}
    assert served.ended()


def test_a_broken_output_is_the_end_even_if_the_input_stays_open(served: Served) -> None:
    served.answers.close()

    served.ask(id=1, method="echo")

    assert served.ended()


def test_what_had_not_begun_when_the_output_broke_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    served = Served(workers=1)
    served.ask(id=1, method="wait")
    served.ask(id=2, method="wait")
    assert served.begun.acquire(timeout=5)
    served.answers.close()

    served.requests.write(b"garbage, whose answer finds the output broken\n")
    eventually(lambda: "the service ends" in caplog.text)
    served.go.set()

    assert served.ended()
    assert not served.begun.acquire(blocking=False)
    served.close()


def test_a_request_whose_caller_gave_up_before_its_turn_changes_nothing() -> None:
    served = Served(workers=1)
    served.ask(id=1, method="wait")
    assert served.begun.acquire(timeout=5)
    served.ask(id=2, method="wait", timeout_s=0.0)
    served.ask(id=3, method="echo", timeout_s=60)

    served.go.set()
    answers = {answer["id"]: answer for answer in (served.answer() for _ in range(3))}

    assert error_of(answers[2]) == (2, "DeadlineExceeded")
    assert answers[3] == {"id": 3, "result": {}}
    assert not served.begun.acquire(blocking=False)
    served.close()
