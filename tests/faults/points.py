"""The points at which a process can die, counted; at the chosen one it is gone as by kill -9: nothing unwinds."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES_FILES = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.utime", "os.truncate"}
KILLED = 137


class Points:
    """Counts what the process has passed; dies at the point with number `at` (from 0)."""

    def __init__(self, at: int = -1) -> None:
        self.passed: list[str] = []
        self._at = at

    def step(self, name: str) -> None:
        """One point."""
        if len(self.passed) == self._at:
            os._exit(KILLED)
        self.passed.append(name)

    def around(self, name: str, call: Callable[[], Any]) -> Any:
        """A point before the effect of a call, and one after it."""
        self.step(f"before {name}")
        result = call()
        self.step(f"after {name}")
        return result

    def guard(self, thing: Any, *names: str) -> Any:
        """The thing, with points around the methods called `names`."""
        return _Guarded(thing, names, self)

    def sync(self, descriptor: int) -> None:
        """fsync, with a point before it."""
        self.step("sync")

    def watch_files(self, folder: Path) -> None:
        """From now on until the process ends, every change of a file below `folder` is a point too, just before it."""
        below = str(folder)

        def heard(event: str, args: tuple[Any, ...]) -> None:
            if event in CHANGES_FILES and str(args[0]).startswith(below):
                self.step(event)
            elif event == "open" and str(args[0]).startswith(below) and args[2] & (os.O_WRONLY | os.O_RDWR):
                self.step("open")

        sys.addaudithook(heard)


class _Guarded:
    def __init__(self, thing: Any, names: tuple[str, ...], points: Points) -> None:
        self._thing, self._names, self._points = thing, names, points

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._thing, name)
        if name not in self._names:
            return method
        what = f"{type(self._thing).__name__}.{name}"
        return lambda *args, **options: self._points.around(what, lambda: method(*args, **options))
