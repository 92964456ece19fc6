"""Gates without ssh: front ends that are in this process, behind pipes, so that the same lines go to and fro."""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from stratus.drivers.gate.conversation import HERE, Conversation, new_request
from stratus.drivers.gate.protocol import Progress, Waited
from stratus.drivers.gate.streams import Ends, Streams
from stratus.errors import Denied, GateUnreachable
from stratus.model.endpoint import Endpoint
from stratus.model.node import HostKey
from stratus.model.wire import Spoken

if TYPE_CHECKING:
    from stratus.model.requests import Request
    from stratus.model.wire import Welcome

T = TypeVar("T")
Serve = Callable[[int, int], None]  # speaks as a front end, until nothing more comes; it closes neither


class PlayedGate:
    """One front end: what serves there, on a thread of its own for each channel."""

    def __init__(
        self,
        place: str,
        serve: Serve,
        *,
        timeout_s: float = 10.0,
        here: Spoken = HERE,
        new_id: Callable[[], str] = new_request,
    ) -> None:
        self._place = place
        self._serve = serve
        self._timeout_s = timeout_s
        self._here = here
        self._new_id = new_id
        self._open: tuple[Conversation, Welcome] | None = None
        self.attached: list[tuple[str, ...]] = []  # what terminals were given to

    def welcome(self) -> "Welcome":
        """As Gate.welcome."""
        return self._opened()[1]

    def perform(self, request: "Request[T]", progress: Progress, waited: Waited) -> T:
        """As Gate.perform."""
        return self._opened()[0].perform(request, progress, waited)

    def upload(self, path: str, progress: Progress) -> str:
        """As Gate.upload."""
        return self._opened()[0].upload(path, progress)

    def attach(self, words: Sequence[str]) -> int:
        """As Gate.attach; there is no terminal, so it is only remembered."""
        self.attached.append(tuple(words))
        return 0

    def stream(self, words: Sequence[str]) -> tuple[str, ...]:
        """As Gate.stream."""
        return ("ssh", self._place, "stratus-gate", *words)

    def close(self) -> None:
        """As Gate.close."""
        if self._open:
            self._open[0].close()
            self._open = None

    def _opened(self) -> "tuple[Conversation, Welcome]":
        if self._open is None:
            conversation = Conversation(Streams(self._ends()), self._place, here=self._here, new_id=self._new_id)
            try:
                self._open = conversation, conversation.begin(self._timeout_s)
            except BaseException:
                conversation.close()
                raise
        return self._open

    def _ends(self) -> Ends:
        (their_reader, our_writer), (our_reader, their_writer) = os.pipe(), os.pipe()

        def serve() -> None:
            try:
                self._serve(their_reader, their_writer)
            finally:
                os.close(their_reader)
                os.close(their_writer)

        thread = threading.Thread(target=serve, name=f"gate {self._place}", daemon=True)
        thread.start()
        closed = threading.Event()

        def close() -> None:
            if not closed.is_set():
                closed.set()
                os.close(our_writer)
                os.close(our_reader)
                thread.join(10)

        return Ends(our_reader, our_writer, close, lambda: GateUnreachable(f"{self._place}: the channel has ended"))


def _nobody(endpoint: Endpoint) -> GateUnreachable:
    return GateUnreachable(
        f"nothing answers at {endpoint.host}, port {endpoint.port}", hint=f"getent hosts {endpoint.host}"
    )


@dataclass
class PlayedGates:
    """The gates of a world that is in this process: who serves at which endpoint, and the host keys that they show."""

    serving: dict[str, Serve | None]  # by the endpoint as it is written; None lets nobody in
    keys: dict[str, HostKey]
    pins: dict[str, HostKey] = field(default_factory=dict)
    new_id: Callable[[], str] = new_request

    def gate(self, endpoint: Endpoint, key: str, *, timeout_s: float) -> PlayedGate:
        """As Gates.gate."""
        place = str(endpoint)
        if place not in self.serving:
            raise _nobody(endpoint)
        serve = self.serving[place]
        if serve is None:
            raise Denied(f"{place} takes none of your keys", hint=f"stratus login {place} -i KEY")
        if place in self.keys and self.pins.get(place) != self.keys[place]:
            raise Denied(f"the host key of {place} is not known here; nothing was sent", hint=f"stratus login {place}")
        return PlayedGate(place, serve, timeout_s=timeout_s, new_id=self.new_id)

    def shown(self, endpoint: Endpoint, *, timeout_s: float) -> HostKey:
        """As Gates.shown."""
        if str(endpoint) not in self.keys:
            raise _nobody(endpoint)
        return self.keys[str(endpoint)]

    def pinned(self, endpoint: Endpoint) -> HostKey | None:
        """As Gates.pinned."""
        return self.pins.get(str(endpoint))

    def pin(self, endpoint: Endpoint, key: HostKey) -> None:
        """As Gates.pin."""
        self.pins[str(endpoint)] = key
