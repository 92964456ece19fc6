"""The caller's half of the link, over any pair of byte streams: many callers at once, each with its deadline."""

import contextlib
import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, InvalidStateError
from typing import Any

from stratus.drivers.link.lines import MAX_LINE_BYTES, check_spoken, decode, encode, outcome, split_lines
from stratus.errors import BadInput, DeadlineExceeded, NodeUnreachable, StratusError
from stratus.model.values import dataclass

MAX_NOISE_BYTES = 64 * 2**10  # what a login shell may print before the agent's first line

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Streams:
    """Two byte streams to an agent and the way to close both; each function may be called from a thread of its own."""

    read: Callable[[int], bytes]  # blocks; b"" at the end
    write: Callable[[bytes], None]  # the whole of it, or OSError
    close: Callable[[], None]  # makes write return, and read once the other end has ended too; may be called again
    free: Callable[[], None]  # called last, once, when nobody reads or writes any more
    cause: Callable[[], NodeUnreachable]  # asked when reading has ended: why


@dataclass(frozen=True)
class _Waiter:
    request_id: int
    line: bytes
    answer: Future[dict[str, Any]]


class Wire:
    """One open channel. Thread-safe. Once ended it stays so; a new one is opened instead."""

    def __init__(self, node: str, streams: Streams) -> None:
        self._node = node
        self._streams = streams
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._waiters: dict[int, _Waiter] = {}
        self._trouble: NodeUnreachable | None = None
        self._over = False  # nothing more is to be read; the trouble is still being found out
        self._outbox: queue.SimpleQueue[_Waiter | None] = queue.SimpleQueue()
        self._hello: Future[dict[str, Any]] = Future()
        self._noise = ""  # the last thing that was printed before the hello

    @classmethod
    def opened(cls, node: str, streams: Streams, *, timeout_s: float) -> "Wire":
        """A wire whose agent has said hello; NodeUnreachable, and the streams closed, if it does not."""
        wire = cls(node, streams)
        # A write may block for as long as the other end does not read, so no caller writes itself.
        writer = threading.Thread(target=wire._write_all, name=f"link-out-{node}", daemon=True)
        writer.start()
        threading.Thread(target=wire._read_all, args=(writer,), name=f"link-in-{node}", daemon=True).start()
        try:
            wire._check_hello(timeout_s)
        except StratusError:
            wire.close()
            raise
        return wire

    @property
    def ended(self) -> bool:
        """Whether it is of no use any more."""
        return self._trouble is not None or self._over

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float, spent_s: float = 0.0) -> dict[str, Any]:
        """As Link.call, on this channel; of the time that the caller allows, `spent_s` are gone already."""
        left_s = max(timeout_s - spent_s, 0.0)
        waiter = self._waiter(method, params, left_s)
        try:
            return outcome(waiter.answer.result(timeout=left_s))
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"{self._node} did not answer {method} within {timeout_s:g} s",
                hint="it may still be at work on it: ask again later",
            ) from error
        finally:
            with self._lock:
                self._waiters.pop(waiter.request_id, None)

    def close(self) -> None:
        """End it; whoever waits gets NodeUnreachable."""
        self._end(NodeUnreachable(f"{self._node}: the channel was closed"))

    def _waiter(self, method: str, params: dict[str, Any], timeout_s: float) -> _Waiter:
        request_id = next(self._ids)
        line = encode({"id": request_id, "method": method, "params": params, "timeout_s": round(timeout_s, 3)})
        if len(line) > MAX_LINE_BYTES:
            raise BadInput(f"{method}: the request has {len(line)} bytes, more than the {MAX_LINE_BYTES} of a line")
        waiter = _Waiter(request_id, line, Future())
        with self._lock:
            if self._trouble is not None:
                raise again(self._trouble)
            self._waiters[request_id] = waiter
        self._outbox.put(waiter)
        return waiter

    def _check_hello(self, timeout_s: float) -> None:
        try:
            hello = self._hello.result(timeout=timeout_s)
        except TimeoutError as error:
            raise NodeUnreachable(
                f"{self._node}: the agent was started but did not say hello within {timeout_s:g} s",
                hint="is the node overloaded, or does its login shell wait for something?",
            ) from error
        check_spoken(self._node, hello)
        _log.debug("%s: agent %s, pid %s", self._node, hello.get("version"), hello.get("pid"))

    def _write_all(self) -> None:
        try:
            while waiter := self._outbox.get():
                with self._lock:
                    wanted = waiter.request_id in self._waiters
                if wanted:  # else its caller has given up: what was not sent changes nothing
                    self._streams.write(waiter.line)
        except (OSError, ValueError) as error:
            _log.debug("%s: cannot write: %s", self._node, error)
            self._streams.close()  # the reader tells the callers why

    def _read_all(self, writer: threading.Thread) -> None:
        try:
            lines = split_lines(self._streams.read)
            self._await_hello(lines)
            for line in lines:
                self._hand_over(line)
        except NodeUnreachable as trouble:
            self._end(trouble)
        except (OSError, ValueError) as error:
            _log.debug("%s: cannot read: %s", self._node, error)
        self._over = True
        if self._trouble is None:
            self._end(self._cause())
        writer.join()
        self._streams.free()

    def _await_hello(self, lines: Iterator[bytes | None]) -> None:
        """Skip what a login shell prints first; the hello may stand behind it on the same line."""
        noise_bytes = 0
        for line in lines:
            if line is not None and (start := line.find(b'{"hello"')) >= 0:
                with contextlib.suppress(BadInput, InvalidStateError):
                    hello = decode(line[start:])["hello"]
                    self._hello.set_result(hello if isinstance(hello, dict) else {})
                    return
            noise_bytes += len(line or b"") + 1
            if line is None or noise_bytes > MAX_NOISE_BYTES:
                raise NodeUnreachable(
                    f"{self._node}: more than {MAX_NOISE_BYTES // 1024} KiB came before the agent's hello",
                    hint="does the forced command of the front end's key start the agent?",
                )
            self._noise = line.decode("utf-8", "replace").strip()[:200] or self._noise

    def _cause(self) -> NodeUnreachable:
        trouble = self._streams.cause()
        if self._hello.done() or not self._noise:
            return trouble
        return NodeUnreachable(f"{trouble.message}; it printed: {self._noise}", hint=trouble.hint)

    def _hand_over(self, line: bytes | None) -> None:
        try:
            answer = decode(line or b"")
        except BadInput as error:
            _log.warning("%s: a line that is no answer: %s", self._node, error)
            return
        request_id = answer.get("id")
        if not isinstance(request_id, int):
            _log.warning("%s: the agent refused a line: %s", self._node, answer.get("error"))
            return
        with self._lock:
            waiter = self._waiters.pop(request_id, None)
        if waiter is not None:
            waiter.answer.set_result(answer)
        else:
            _log.debug("%s: answer %s came too late", self._node, request_id)

    def _end(self, trouble: NodeUnreachable) -> None:
        with self._lock:
            if self._trouble is not None:
                return
            self._trouble = trouble
            waiters, self._waiters = list(self._waiters.values()), {}
        with contextlib.suppress(InvalidStateError):
            self._hello.set_exception(again(trouble))
        for waiter in waiters:
            waiter.answer.set_exception(again(trouble))
        self._outbox.put(None)
        self._streams.close()


def again(trouble: NodeUnreachable) -> NodeUnreachable:
    """The same trouble for one more caller: an exception that is raised twice carries two tracebacks."""
    return NodeUnreachable(trouble.message, hint=trouble.hint)
