"""The agent's end of the link: requests in as JSON lines, each carried out in a thread, answers out when ready."""

import logging
import os
import queue
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from stratus import __version__
from stratus.drivers.link.lines import (
    MAX_LINE_BYTES,
    Method,
    answer_request,
    bug_answer,
    decode,
    encode,
    error_answer,
    hello,
    request_id_of,
    split_lines,
)
from stratus.errors import BadInput, DeadlineExceeded, StratusError
from stratus.model.values import dataclass

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _End:
    """Why the service ends."""

    cause: str
    deaf: bool = False  # nobody hears the answers any more


_Inbox = queue.SimpleQueue[bytes | None | _End]


def serve(
    methods: Mapping[str, Method],
    *,
    input: BinaryIO,
    output: BinaryIO,
    max_line_bytes: int = MAX_LINE_BYTES,
    workers: int = 16,
) -> None:
    """Answer requests from `input` on `output` until the input ends or the output breaks.

    Says hello first. At most `workers` requests run at a time. Returns when what is in hand is done; requests not begun
    are given up if nobody hears their answers. `input` must be unread: its raw stream is read past its buffer. Nothing
    else may write to `output`.
    """
    inbox: _Inbox = queue.SimpleQueue()
    writer = _Writer(output, max_line_bytes, inbox)
    writer.write(hello(__version__, os.getpid()))
    # A thread, so that the service can end while the input stays open and silent; it reads the raw stream, because a
    # daemon thread inside a buffered one makes the interpreter abort at its exit.
    threading.Thread(target=_read, args=(input, max_line_bytes, inbox), name="serve-input", daemon=True).start()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="serve")
    while not isinstance(line := inbox.get(), _End):
        request = _request(line, max_line_bytes, writer)
        if request is not None:
            pool.submit(_answer, methods, request, time.monotonic(), writer)
    _log.debug("the service ends: %s", line.cause)
    pool.shutdown(wait=True, cancel_futures=line.deaf)


class _Writer:
    """Writes whole lines, one thread at a time; a broken pipe ends the service."""

    def __init__(self, output: BinaryIO, max_line_bytes: int, inbox: _Inbox) -> None:
        self._output = output
        self._max_line_bytes = max_line_bytes
        self._inbox = inbox
        self._lock = threading.Lock()

    def write(self, answer: dict[str, Any]) -> None:
        line = self._encoded(answer)
        try:
            with self._lock:
                self._output.write(line)
                self._output.flush()
        except (OSError, ValueError) as error:  # ValueError: the file is closed
            self._inbox.put(_End(f"the output broke: {error}", deaf=True))

    def _encoded(self, answer: dict[str, Any]) -> bytes:
        try:
            line = encode(answer)
        except (TypeError, ValueError, RecursionError) as error:
            _log.error("request %s: its result is not JSON: %s", answer["id"], error)
            return encode(bug_answer(answer["id"], error))
        if len(line) <= self._max_line_bytes:
            return line
        refusal = BadInput(f"the answer has {len(line)} bytes, more than the {self._max_line_bytes} of a line")
        return encode(error_answer(answer["id"], refusal))


def _read(input: BinaryIO, max_line_bytes: int, inbox: _Inbox) -> None:
    raw = getattr(input, "raw", input)
    try:
        for line in split_lines(raw.read, max_line_bytes):
            inbox.put(line)
    except (OSError, ValueError) as error:
        inbox.put(_End(f"the input broke: {error}"))
    else:
        inbox.put(_End("the input ended"))


def _request(line: bytes | None, max_line_bytes: int, writer: _Writer) -> dict[str, Any] | None:
    """The request in a line; None if there is none in it, which has been answered then."""
    try:
        if line is None:
            raise BadInput(f"a line of more than {max_line_bytes} bytes")
        return decode(line)
    except StratusError as error:
        writer.write(error_answer(None, error))
        return None


def _answer(methods: Mapping[str, Method], request: dict[str, Any], came_s: float, writer: _Writer) -> None:
    request_id, method = request_id_of(request), request.get("method")
    began_s = time.monotonic()
    timeout_s = request.get("timeout_s")
    if isinstance(timeout_s, int | float) and began_s - came_s > timeout_s:
        # The caller has given up: it must be able to rely on nothing being changed by what had not begun.
        late = DeadlineExceeded(f"{method} waited {began_s - came_s:.1f} s for its turn, more than its {timeout_s} s")
        writer.write(error_answer(request_id, late))
        return
    writer.write(answer_request(methods, request))
    _log.debug("request %s: %s took %.3f s", request_id, method, time.monotonic() - began_s)
