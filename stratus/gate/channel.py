"""The channel to one client: lines in, lines out, both bounded, and soon noticed when the client has gone."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator

from stratus.errors import BadInput, DeadlineExceeded
from stratus.model import wire

CHUNK_BYTES = 1 << 16
UPLOAD_CHUNK_BYTES = 1 << 20
IDLE_S = 600.0  # so long may nothing come while nothing is done
DEAF_S = 60.0  # so long may a client take nothing of what it is told
LOOK_S = 2.0


class Gone(Exception):
    """The client hears nothing any more."""


class Channel:
    """The two ends that sshd gives to a session. One thread reads; any may send."""

    def __init__(self, input: int, output: int, *, idle_s: float = IDLE_S, deaf_s: float = DEAF_S) -> None:
        self._input = input
        self._output = output
        self._idle_s = idle_s
        self._deaf_s = deaf_s
        self._held = bytearray()
        self._turn = threading.Lock()
        self._broken = False
        os.set_blocking(output, False)

    def line(self, *, most_bytes: int, is_busy: Callable[[], bool]) -> bytes | None:
        """The next line without its end; None when no more comes, also when half a line was left.

        Raises BadInput for more than `most_bytes`, DeadlineExceeded when the client has been idle for too long;
        while the front end `is_busy` for it, it may be. That is asked every few seconds, and may raise."""
        searched = 0
        while (end := self._held.find(b"\n", searched)) < 0:
            searched = len(self._held)
            if searched > most_bytes:
                self._held.clear()
                raise BadInput(f"a line of more than {most_bytes} bytes")
            if not (piece := self._more(CHUNK_BYTES, is_busy)):
                return None
            self._held += piece
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        if len(line) > most_bytes:
            raise BadInput(f"a line of more than {most_bytes} bytes")
        return line

    def take(self, count: int) -> Iterator[bytes]:
        """The next `count` bytes, piece by piece. Raises Gone when they end before, DeadlineExceeded."""
        while count:
            if self._held:
                piece = bytes(self._held[:count])
                del self._held[: len(piece)]
            else:
                piece = self._more(min(count, UPLOAD_CHUNK_BYTES), lambda: False)
            if not piece:
                raise Gone(f"the client left with {count} bytes of a file to go")
            count -= len(piece)
            yield piece

    def send(self, message: wire.FromFrontEnd) -> None:
        """Say one thing, whole. Raises Gone."""
        rest = memoryview(wire.line(message))
        with self._turn:
            while rest:
                if self._broken or not self._may_write():
                    self._broken = True
                    raise Gone("the client hears nothing")
                try:
                    rest = rest[os.write(self._output, rest) :]
                except BlockingIOError:
                    continue
                except OSError as error:
                    self._broken = True
                    raise Gone(str(error)) from error

    def has_gone(self) -> bool:
        """Whether nobody hears any more."""
        if self._broken:
            return True
        poll = select.poll()
        poll.register(self._output, 0)
        return any(event & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, event in poll.poll(0))

    def _may_write(self) -> bool:
        poll = select.poll()
        poll.register(self._output, select.POLLOUT)
        events = poll.poll(self._deaf_s * 1000)
        return bool(events) and not events[0][1] & (select.POLLERR | select.POLLHUP | select.POLLNVAL)

    def _more(self, most: int, is_busy: Callable[[], bool]) -> bytes:
        """What has come, at most so much; nothing at the end."""
        poll = select.poll()
        poll.register(self._input, select.POLLIN)
        since = time.monotonic()
        while not poll.poll(min(LOOK_S, self._idle_s) * 1000):
            if self.has_gone():
                return b""
            if is_busy():
                since = time.monotonic()
            elif time.monotonic() - since >= self._idle_s:
                raise DeadlineExceeded(f"nothing was asked for {self._idle_s:g} s", hint="ask again: a new one opens")
        try:
            return os.read(self._input, most)
        except OSError:
            return b""
