"""One at a time, across threads and processes, and those who waited are told how it ended.

The lock is a file with flock(2), so that the kernel frees it when its holder is killed. Who holds it may leave an
outcome in the file and removes the file before letting go. Somebody who waited still has that file open: an outcome in
it was reached while they waited, and is theirs too. A later caller finds no file and takes a new turn. A file without
an outcome was left by a holder who was killed: the next one simply takes over.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stratus.errors import DeadlineExceeded

_POLL_S, _MOST_POLL_S = 0.02, 0.25


class Turn:
    """What a caller holds inside `turn()`."""

    def __init__(self, fd: int, outcome: str) -> None:
        self._fd = fd
        self.outcome = outcome  # what the one before left while we waited; "" = it is our turn to do it

    def leave(self, outcome: str) -> None:
        """Leave an outcome for those who wait now."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, outcome.encode(), 0)


@contextlib.contextmanager
def turn(path: Path, *, wait_s: float, on_wait: Callable[[], None] = lambda: None) -> Iterator[Turn]:
    """Hold the lock at `path`, or give the outcome of the one for whom we waited.

    `on_wait` is called once when there is somebody to wait for. Raises DeadlineExceeded after `wait_s`."""
    deadline = time.monotonic() + wait_s
    waited = False
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not _try_lock(fd):
                if not waited:
                    waited = True
                    on_wait()
                _lock_until(fd, deadline, path)
            held = _is_current(fd, path)
            outcome = "" if held else _read_all(fd)
            if held or outcome:
                try:
                    yield Turn(fd, outcome)
                finally:
                    if held:
                        path.unlink(missing_ok=True)
                return
        finally:
            os.close(fd)  # frees the lock


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_until(fd: int, deadline: float, path: Path) -> None:
    """flock(2) has no deadline, so it is asked again and again."""
    pause_s = _POLL_S
    while not _try_lock(fd):
        if time.monotonic() >= deadline:
            raise DeadlineExceeded(
                "another fetch of the same image did not end in time", hint=f"see who holds it: fuser -v {path}"
            )
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _MOST_POLL_S)


def _is_current(fd: int, path: Path) -> bool:
    """Whether the locked file still has its name; else its holder has finished and the lock means nothing."""
    try:
        named = os.stat(path)
    except FileNotFoundError:
        return False
    opened = os.fstat(fd)
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)


def _read_all(fd: int) -> str:
    return os.pread(fd, 1 << 20, 0).decode()
