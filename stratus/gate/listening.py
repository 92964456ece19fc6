"""Telling a client how far its request has come; and giving the work up when nobody listens any more."""

import threading
import time

from stratus.gate.channel import Channel, Gone
from stratus.model.instance import Instance
from stratus.model.wire import Progressed, Waiting

_PAUSE_S = 0.1  # between two of the same phase


class Telling:
    """The listener of one request. What cannot be told ends the work that was to be told of: waiting, fetching."""

    def __init__(self, channel: Channel, request_id: str, wanted: bool, ending: threading.Event) -> None:
        self._channel = channel
        self._id = request_id
        self._wanted = wanted
        self._ending = ending
        self._last = ("", 0, -_PAUSE_S)  # phase, instance, when

    def progress(self, phase: str, done: int, of: int) -> None:
        """As the listener of long work. Raises Gone."""
        if self._is_due(phase, 0, is_last=bool(of) and done >= of):
            self._channel.send(Progressed(self._id, phase, done, of))

    def waiting(self, phase: str, instance: Instance, seconds: float) -> None:
        """As the listener of a wait. Raises Gone."""
        if self._is_due(phase, instance.id):
            self._channel.send(Waiting(self._id, phase, instance, seconds))

    def _is_due(self, phase: str, instance: int, *, is_last: bool = False) -> bool:
        if self._ending.is_set() or self._channel.has_gone():
            raise Gone("the client left meanwhile")
        now = time.monotonic()
        same = self._last[:2] == (phase, instance)
        if not self._wanted or (same and not is_last and now - self._last[2] < _PAUSE_S):
            return False
        self._last = (phase, instance, now)
        return True
