"""The two byte streams to a gate: bytes out, lines in. What comes is taken in while something is written, so that
neither end waits for the other."""

import os
import select
import time
from collections.abc import Callable

from stratus.errors import DeadlineExceeded, GateUnreachable, StratusError
from stratus.model.values import dataclass
from stratus.model.wire import MAX_ANSWER_BYTES

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class Ends:
    """Our ends of two pipes, and who is behind them."""

    reader: int
    writer: int
    close: Callable[[], None]  # of both, and of who is behind them; may be called again
    cause: Callable[[], StratusError]  # asked when nothing more comes: why


class Streams:
    """Lines from the front end, and bytes to it."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        os.set_blocking(ends.writer, False)
        self._kept = bytearray()  # what came behind the last line that was asked for
        self._looked = 0  # so much of it has no line's end
        self._over = False

    def line(self, timeout_s: float | None = None) -> bytes:
        """The next line, without its end. Raises the cause when there is none any more, and DeadlineExceeded."""
        until_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.has_line():
            if self._over:
                raise self._ends.cause()
            left_s = None if until_s is None else max(until_s - time.monotonic(), 0.0)
            if not select.select([self._ends.reader], [], [], left_s)[0]:
                raise DeadlineExceeded(f"it did not answer within {timeout_s:g} s")
            self._take_in()
        end = self._kept.index(b"\n", self._looked)
        found = bytes(self._kept[:end])
        del self._kept[: end + 1]
        self._looked = 0
        return found

    def has_line(self) -> bool:
        """Whether a line has come that was not asked for yet."""
        if self._kept.find(b"\n", self._looked) >= 0:
            return True
        self._looked = len(self._kept)
        return False

    def write(self, data: bytes) -> None:
        """Send all of it, unless the other end has gone: then `line` tells its last words, or why."""
        rest = memoryview(data)
        while rest and not self._over:
            readable, writable, _ = select.select([self._ends.reader], [self._ends.writer], [])
            if readable:
                self._take_in()
            if writable:
                try:
                    rest = rest[os.write(self._ends.writer, rest[:_CHUNK_BYTES]) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    return

    def close(self) -> None:
        """End it."""
        self._over = True
        self._ends.close()

    def _take_in(self) -> None:
        chunk = os.read(self._ends.reader, _CHUNK_BYTES)
        self._over = not chunk
        self._kept += chunk
        if len(self._kept) > 2 * MAX_ANSWER_BYTES:
            raise GateUnreachable(f"the front end sent {len(self._kept) >> 20} MiB that nobody asked for")
