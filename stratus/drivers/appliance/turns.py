"""Where the image of a recipe is written before it is imported: one at a time in all processes of the machine."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stratus.errors import DeadlineExceeded

_WAIT_S = 1800.0
_PAUSE_S = 0.2


@contextmanager
def turn(target: Path) -> Iterator[None]:
    """Have `target` alone; at the end it is gone. Raises DeadlineExceeded when others have it for too long."""
    target.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + _WAIT_S
    with target.with_name(f".{target.name}.lock").open("a") as lock:
        while not _taken(lock.fileno()):
            if time.monotonic() > until:
                raise DeadlineExceeded(f"{target.name} is being built by others", hint=f"fuser -v {lock.name}")
            time.sleep(_PAUSE_S)
        try:
            yield
        finally:
            target.unlink(missing_ok=True)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
