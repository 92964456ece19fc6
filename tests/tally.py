"""Counting what is called, in all threads, without putting anything in its place."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

Called = Callable[..., Any]


@contextmanager
def tally(watched: Mapping[str, tuple[Called, ...]]) -> Iterator[Counter[str]]:
    """How often the functions of each name were called within, by this thread and those that it starts."""
    of_python = {called.__code__: name for name, all_of in watched.items() for called in all_of if _is_python(called)}
    of_c = {called: name for name, all_of in watched.items() for called in all_of if not _is_python(called)}
    counts: Counter[str] = Counter()
    lock = threading.Lock()

    def see(frame: FrameType, event: str, argument: Any) -> None:
        name = of_python.get(frame.f_code) if event == "call" else of_c.get(argument) if event == "c_call" else None
        if name is not None:
            with lock:
                counts[name] += 1

    threading.setprofile(see)
    sys.setprofile(see)
    try:
        yield counts
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


def _is_python(called: Called) -> bool:
    return hasattr(called, "__code__")
