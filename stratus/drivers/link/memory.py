"""The link in memory: the agent's methods called in this process, with everything as JSON, and faults on demand."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from enum import StrEnum
from typing import Any

from stratus.drivers.link.lines import MAX_LINE_BYTES, Method, answer_request, bug_answer, decode, encode, outcome
from stratus.errors import BadInput, DeadlineExceeded, NodeUnreachable, NotFound


class Fault(StrEnum):
    """What may be wrong with the node of a link in memory."""

    UNREACHABLE = "unreachable"  # it is off
    SILENT = "silent"  # it takes what it is told and never answers


class MemoryLink:
    """A link to `methods` here. `fault` and `delay_s` may be set at any time; calls that begin later see them."""

    def __init__(
        self,
        methods: Mapping[str, Method],
        *,
        node: str = "memory",
        terminal: Callable[[tuple[str, ...]], int] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`terminal` stands for the agent's sub-commands that own a terminal: words in, status out."""
        self.fault: Fault | None = None
        self.delay_s = 0.0
        self._methods = methods
        self._node = node
        self._terminal = terminal
        self._sleep = sleep

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        """As Link.call."""
        line = encode({"id": 1, "method": method, "params": params, "timeout_s": timeout_s})
        if len(line) > MAX_LINE_BYTES:
            raise BadInput(f"{method}: the request has {len(line)} bytes, more than the {MAX_LINE_BYTES} of a line")
        self._check_reachable()
        late = DeadlineExceeded(
            f"{self._node} did not answer {method} within {timeout_s:g} s",
            hint="it may still be at work on it: ask again later",
        )
        if self.fault is Fault.SILENT or self.delay_s >= timeout_s:
            self._sleep(timeout_s)
            raise late
        self._sleep(self.delay_s)
        try:
            return outcome(decode(self._answer(line).result(timeout=timeout_s - self.delay_s)))
        except TimeoutError as error:
            raise late from error

    def attach(self, argv: Sequence[str]) -> int:
        """As Link.attach; NotFound if there is no terminal."""
        self._check_reachable()
        if self._terminal is None:
            raise NotFound(f"{self._node} has no terminal for: {' '.join(argv)}")
        return self._terminal(tuple(argv))

    def close(self) -> None:
        """As Link.close: nothing is open."""

    def _check_reachable(self) -> None:
        if self.fault is Fault.UNREACHABLE:
            raise NodeUnreachable(f"{self._node}: it is switched off", hint="switch it on")

    def _answer(self, line: bytes) -> "Future[bytes]":
        """The line that the node answers; carried out in a thread, so that whoever waits may give up."""
        answer: Future[bytes] = Future()

        def carry_out() -> None:
            document = answer_request(self._methods, decode(line))
            try:
                answer.set_result(encode(document))
            except (TypeError, ValueError) as error:
                answer.set_result(encode(bug_answer(1, error)))

        threading.Thread(target=carry_out, name=f"link-{self._node}", daemon=True).start()
        return answer
