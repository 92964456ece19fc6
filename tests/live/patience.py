"""Waiting for something that will be so, with a deadline."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(look: Callable[[], T | None], *, deadline_s: float, what: str, every_s: float = 0.2) -> T:
    """The first thing that `look` gives that is true."""
    ticks, end = threading.Event(), time.monotonic() + deadline_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"waited {deadline_s:g} s for {what}"
        ticks.wait(every_s)
