"""A wire that is opened by the first call, and again by the next one after it broke; all callers share one attempt."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from stratus.drivers.link.wire import Wire, again
from stratus.errors import DeadlineExceeded, NodeUnreachable


class ReopeningWire:
    """What the links over SSH and over pipes have in common. Thread-safe."""

    def __init__(self, node: str, open_wire: Callable[[], Wire]) -> None:
        """`open_wire` has its own deadline and raises NodeUnreachable."""
        self._node = node
        self._open_wire = open_wire
        self._lock = threading.Lock()
        self._opening: Future[Wire] | None = None

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
        """As Link.call. A call that the break catches fails; it is not sent twice, for it may have been carried out."""
        began_s = time.monotonic()
        wire = self._wire(timeout_s)
        return wire.call(method, params, timeout_s=timeout_s, spent_s=time.monotonic() - began_s)

    def close(self) -> None:
        """As Link.close; the next call opens it again."""
        with self._lock:
            opening, self._opening = self._opening, None
        if opening is not None:
            opening.add_done_callback(_close)

    def _wire(self, timeout_s: float) -> Wire:
        opening = self._attempt()
        try:
            return opening.result(timeout=timeout_s)
        except TimeoutError as error:
            raise DeadlineExceeded(
                f"{self._node} was not reached within {timeout_s:g} s", hint="allow more time, or ask again later"
            ) from error
        except NodeUnreachable as trouble:
            raise again(trouble) from trouble

    def _attempt(self) -> Future[Wire]:
        with self._lock:
            if self._opening is None or _is_spent(self._opening):
                self._opening = Future()
                # Its own thread, so that each caller, the first one too, waits no longer than it wanted.
                arguments = (self._opening,)
                threading.Thread(target=self._open, args=arguments, name=f"link-open-{self._node}", daemon=True).start()
            return self._opening

    def _open(self, opening: Future[Wire]) -> None:
        try:
            opening.set_result(self._open_wire())
        except BaseException as error:
            opening.set_exception(error)  # a bug too: it belongs to whoever waits


def _is_spent(opening: Future[Wire]) -> bool:
    return opening.done() and (opening.exception() is not None or opening.result().ended)


def _close(opening: Future[Wire]) -> None:
    if opening.exception() is None:
        opening.result().close()
