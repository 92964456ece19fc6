"""Progress: how far long work has come, on standard error; written over where the terminal can do that."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratus.output.text import clean, note
from stratus.output.width import cut

_COUNTED = ("unpack",)  # phases whose amounts are things, not bytes
_CLEAR = "\r\x1b[K"


def is_live(environ: Mapping[str, str]) -> bool:
    """Whether what stands on standard error can be written over: it is a terminal, and no dumb one."""
    return sys.stderr.isatty() and environ.get("TERM", "") not in ("", "dumb")


@dataclass
class Progress:
    """What is shown while long work goes on: a line per phase, or (live) what is written over and gone at the end.

    Use as a context manager; call it as the `progress` that actions take."""

    quiet: bool = False
    live: bool = False
    _bar: Any = None
    _task: Any = None
    _phase: str = ""
    _line: str = ""
    _said: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> "Progress":
        return self

    def __call__(self, phase: str, done: int, total: int) -> None:
        """`done` of `total` bytes (0: unknown) of a phase."""
        if self.quiet:
            return
        if self.live:
            self._show(phase, done, total)
        elif phase != self._phase:
            note(f"{phase} ...")
        self._phase = phase

    def waiting(self, who: str, phase: str, seconds: float) -> None:
        """`who` is in a phase, so long by now."""
        if self.quiet:
            return
        if self.live:
            self._write_over(f"{who}: {phase} {seconds:.0f} s")
        elif self._said.get(who) != phase:
            self._said[who] = phase
            note(f"{clean(who)}: {phase} ...")

    def __exit__(self, *_: object) -> None:
        self._stop_bar()
        if self._line:
            sys.stderr.write(_CLEAR)

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _write_over(self, line: str) -> None:
        self._stop_bar()
        if line != self._line:
            self._line = line
            room = os.get_terminal_size(sys.stderr.fileno()).columns or 80
            sys.stderr.write(_CLEAR + cut(clean(line), room - 1))
            sys.stderr.flush()

    def _show(self, phase: str, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        if phase != self._phase:
            self._task = self._bar.add_task(phase, total=total or None, unit="" if phase in _COUNTED else "bytes")
        self._bar.update(self._task, completed=done, total=total or None)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Task, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Amount(DownloadColumn):
        """Bytes as KB and MB, things as their number."""

        def render(self, task: Task) -> Text:
            return super().render(task) if task.fields["unit"] else MofNCompleteColumn().render(task)

    columns = (TextColumn("{task.description}"), BarColumn(), Amount(), TimeRemainingColumn())
    return Bar(*columns, console=Console(stderr=True), transient=True)
