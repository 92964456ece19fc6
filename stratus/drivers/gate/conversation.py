"""What is said through a gate, by the client's side of `model/wire.py`, over any pair of byte streams."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from stratus import __version__
from stratus.drivers.gate.protocol import Progress, Waited
from stratus.drivers.gate.streams import Streams
from stratus.errors import BadInput, DeadlineExceeded, GateUnreachable, NotFound, StratusError
from stratus.model import carried
from stratus.model.wire import (
    MAX_ASK_BYTES,
    Answer,
    FromFrontEnd,
    Hello,
    Progressed,
    Refusal,
    Spoken,
    Stored,
    Upload,
    Waiting,
    Welcome,
    common_protocol,
    from_front_end,
    line,
)

if TYPE_CHECKING:
    from stratus.model.requests import Request

T = TypeVar("T")
HERE = Spoken(__version__)
_CHUNK_BYTES = 1 << 20
_SHOWN_BYTES = 200


def new_request() -> str:
    """An identifier under which what becomes of a request can be found again, on both sides."""
    return f"@{os.urandom(8).hex()}"


class Conversation:
    """One channel to a front end, one request at a time."""

    def __init__(
        self, streams: Streams, place: str, *, here: Spoken = HERE, new_id: Callable[[], str] = new_request
    ) -> None:
        """`place` is what errors call the gate; a request's id is in every line that is written about it there."""
        self._streams = streams
        self._place = place
        self._here = here
        self._new_id = new_id

    def begin(self, timeout_s: float) -> Welcome:
        """Read what the front end says first, and answer. Raises GateUnreachable, StratusError (the releases)."""
        try:
            welcome = self._first(self._streams.line(timeout_s))
        except DeadlineExceeded as late:
            raise GateUnreachable(f"{self._place}: {late.message}", hint="is it busy? try it again") from late
        common_protocol(client=self._here, front_end=welcome.spoken)
        self._streams.write(line(Hello(self._here)))
        return welcome

    def perform(self, request: "Request[T]", progress: Progress, waited: Waited) -> T:
        """As Gate.perform."""
        ask = carried.ask(self._new_id(), request, wants_progress=True)
        text = line(ask)
        if len(text) > MAX_ASK_BYTES:
            raise BadInput(
                f"the request has {len(text)} bytes, and the gate takes {MAX_ASK_BYTES}",
                hint="leave a large file out of its context",
            )
        self._streams.write(text)
        pieces: list[Answer] = []
        for message in self._about(ask.id):
            match message:
                case Progressed():
                    progress(message.phase, message.done, message.of)
                case Waiting():
                    waited(message.phase, message.instance, message.seconds)
                case Answer():
                    pieces.append(message)
                    if not message.more:
                        break
        return carried.answer_to(request, pieces)

    def upload(self, path: str, progress: Progress) -> str:
        """As Gate.upload."""
        with _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            upload = Upload(self._new_id(), Path(path).name, size)
            self._streams.write(line(upload))
            sent = 0
            while sent < size and not self._streams.has_line():  # else the front end does not want it
                chunk = file.read(min(_CHUNK_BYTES, size - sent))
                if not chunk:
                    self.close()
                    raise BadInput(f"{path} became shorter while it was sent", hint=f"ls -l {path}")
                self._streams.write(chunk)
                sent += len(chunk)
                progress("upload", sent, size)
        return self._stored(upload.id, whole=sent == size)

    def close(self) -> None:
        """End it."""
        self._streams.close()

    def _stored(self, id: str, *, whole: bool) -> str:
        try:
            for message in self._about(id):
                if isinstance(message, Stored):
                    return message.location
        except StratusError:
            if not whole:  # the rest of the file would be taken for lines
                self.close()
            raise
        raise AssertionError("a channel ends with an error")

    def _about(self, id: str) -> Iterator[FromFrontEnd]:
        """What the front end says about one thing that it was asked for. Raises its refusal, and why it ended."""
        while True:
            try:
                message = from_front_end(self._streams.line())
            except GateUnreachable as broken:
                raise GateUnreachable(
                    f"{broken.message}; whether what you asked for was done is not known",
                    hint="stratus describe",
                ) from broken
            if isinstance(message, Refusal) and message.id in (id, ""):
                raise message.error
            if getattr(message, "id", "") == id:
                yield message

    def _first(self, text: bytes) -> Welcome:
        try:
            message = from_front_end(text)
        except BadInput:
            message = None
        if isinstance(message, Welcome):
            return message
        if isinstance(message, Refusal):
            raise message.error
        said = text[:_SHOWN_BYTES].decode("utf-8", "replace").strip()
        raise GateUnreachable(
            f"{self._place}: what answers there is no gate of stratus; it said: {said!r}",
            hint="is the port right? A gate's is 2222 unless its administrator chose another",
        )


def _opened(path: str) -> BinaryIO:
    """The file, to be read. Raises NotFound, BadInput."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for without end
            raise BadInput(f"{path} is no file that could be sent", hint=f"ls -ld {path}")
        return open(path, "rb")
    except FileNotFoundError as error:
        raise NotFound(f"{path} does not exist") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadInput(f"{path} cannot be read: {reason}") from error
