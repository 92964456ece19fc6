"""Front ends that say what a test has them say, whatever they are told."""

import os
from collections.abc import Callable, Iterable

from stratus.drivers.gate.conversation import Conversation
from stratus.drivers.gate.streams import Ends, Streams
from stratus.errors import GateUnreachable
from stratus.model import wire
from stratus.model.machine_type import STRATUSLAB_TYPES
from stratus.model.role import Role

SITE = wire.Site(STRATUSLAB_TYPES, "m1.small", ("public", "local"))
NOW = wire.Spoken("0.9")


def welcome(spoken: wire.Spoken = NOW) -> bytes:
    return wire.line(wire.Welcome(spoken, "alice", Role.USER, SITE))


class Said:
    """A conversation with a front end that has said all of this already, and has ended, unless it `stays`."""

    def __init__(self, *lines: bytes, stays: bool = False, here: wire.Spoken = wire.Spoken("0.9")) -> None:  # noqa: B008
        (self.reader, ours), (theirs, writer) = os.pipe(), os.pipe()
        for line in lines:
            os.write(writer, line)
        self.writer = writer
        if not stays:
            os.close(writer)
        self.closed = 0
        ends = Ends(theirs, ours, self._close, lambda: GateUnreachable("the channel has ended"))
        self._ours = (ours, theirs)
        self.talk = Conversation(Streams(ends), "ssh://cloud", here=here)

    def _close(self) -> None:
        self.closed += 1
        if self.closed == 1:
            for end in self._ours:
                os.close(end)

    def heard(self) -> bytes:
        """What the client has said so far."""
        os.set_blocking(self.reader, False)
        try:
            return os.read(self.reader, 1 << 20)
        except BlockingIOError:
            return b""


def replying(*replies: Callable[[wire.Ask], Iterable[wire.FromFrontEnd]]) -> Callable[[int, int], None]:
    """A front end that answers the first ask by the first of these, and so on, and then leaves."""

    def serve(reader: int, writer: int) -> None:
        os.write(writer, welcome())
        with os.fdopen(os.dup(reader), "rb") as lines:
            lines.readline()  # the Hello
            for reply, line in zip(replies, lines, strict=False):
                ask = wire.from_client(line)
                assert isinstance(ask, wire.Ask)
                for message in reply(ask):
                    os.write(writer, wire.line(message))

    return serve
