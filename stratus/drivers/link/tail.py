"""The last words on an error stream: it is drained, so that nobody blocks on it, and its end is kept."""

import logging
import threading
from collections.abc import Callable

KEPT_BYTES = 4096

_log = logging.getLogger(__name__)


class Tail:
    """Drains a stream in a thread of its own until it ends."""

    def __init__(self, node: str, read: Callable[[int], bytes]) -> None:
        self._node = node
        self._read = read
        self._kept = b""
        self._thread = threading.Thread(target=self._drain, name=f"link-err-{node}", daemon=True)
        self._thread.start()

    def last_line(self, *, timeout_s: float = 1.0) -> str:
        """The last line that was not empty, once the stream has ended or the time is up."""
        self._thread.join(timeout_s)
        lines = [line.strip() for line in self._kept.decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""

    def _drain(self) -> None:
        try:
            while chunk := self._read(KEPT_BYTES):
                _log.debug("%s: %s", self._node, chunk.decode("utf-8", "replace").rstrip())
                self._kept = (self._kept + chunk)[-KEPT_BYTES:]
        except (OSError, ValueError):
            return  # closed under us: what was kept stays
