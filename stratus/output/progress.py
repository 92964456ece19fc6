"""Progress: how far long work has come, on standard error."""

import sys
from dataclasses import dataclass
from typing import Any

from stratus.output.text import note


@dataclass
class Progress:
    """A progress bar on standard error while long work goes on; a line per phase when that is no terminal.

    Use as a context manager; call it as the `progress` that actions take."""

    quiet: bool = False
    _bar: Any = None
    _task: Any = None
    _phase: str = ""

    def __enter__(self) -> "Progress":
        return self

    def __call__(self, phase: str, done: int, total: int) -> None:
        """`done` of `total` bytes (0: unknown) of a phase."""
        if self.quiet:
            return
        if not sys.stderr.isatty():
            if phase != self._phase:
                note(f"{phase} ...")
                self._phase = phase
            return
        self._show(phase, done, total)

    def _show(self, phase: str, done: int, total: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
            from rich.progress import Progress as Bar

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._bar = Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._bar.start()
        if phase != self._phase:
            self._task = self._bar.add_task(phase, total=total or None)
            self._phase = phase
        self._bar.update(self._task, completed=done, total=total or None)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
