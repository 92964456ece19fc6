"""Waiting for the ledger's next commit, be it of this process or of another: whoever commits rings a bell."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # sockets, which a listing never needs
    from stratus.bell import Bell

POLL_S = 0.025  # where no bell can be heard: the folder is read only, or the disk is full


class Watch:
    """The bell beside a ledger's file. Heard from the first `count` on; nothing is made before.

    `look_again_s`: a commit whose process was killed before it rang is found so late."""

    def __init__(self, path: Path, *, deaf: bool, look_again_s: float) -> None:
        self._folder, self._look_again_s = f"{path}-bells", look_again_s
        self._hung = deaf  # whether there is a bell, or never will be
        self._bell: Bell | None = None
        self._changed = threading.Condition()
        self._count = 0
        self._closed = False

    def count(self) -> int:
        """How often it was rung; to be asked before one looks for something new, and given to `wait`."""
        with self._changed:
            if not self._hung and not self._closed:
                from stratus.bell import Bell

                self._hung = True
                try:
                    self._bell = Bell(self._folder, self._heard)
                except OSError:
                    self._bell = None
            return self._count

    def wait(self, seen: int, timeout_s: float) -> bool:
        """Until it was rung after `seen`, or it is time to look again. False: closed."""
        limit_s = min(timeout_s, self._look_again_s if self._bell else POLL_S)
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._count != seen, limit_s)
            return not self._closed

    def committed(self) -> None:
        """Wake everybody who waits."""
        from stratus.bell import ring

        self._heard()
        if self._bell:
            self._bell.ring()
        else:
            ring(self._folder)

    def close(self) -> None:
        """Wake those who wait here, and listen no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._bell:
            self._bell.close()

    def _heard(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()
