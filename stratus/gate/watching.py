"""Watching over a session that carries bytes: it ends when its user may not have it any more."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_S = 2.0


@contextmanager
def watched(may_go_on: Callable[[], bool], end: Callable[[], None], *, look_s: float = LOOK_S) -> Iterator[None]:
    """Ask every `look_s` whether it may go on, and call `end` when it may not."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(look_s):
            if not may_go_on():
                end()
                return

    thread = threading.Thread(target=watch, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
