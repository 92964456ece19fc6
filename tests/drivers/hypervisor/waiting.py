"""Waiting for what happens outside this process."""

import threading
import time
from collections.abc import Callable


def until(what: str, happened: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Come back as soon as it happened; fail after the deadline."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s} s"
        pause.wait(0.05)
