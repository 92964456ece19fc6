"""The only writer to the terminal: results to standard output, everything else to standard error."""

import io
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stratus.errors import StratusError

if TYPE_CHECKING:
    from stratus.model.plan import Plan

LONGEST_MESSAGE = 2000
FORMATS = ("table", "json", "yaml", "csv")
# C0 and C1 controls, the marks that turn the writing direction, other ends of lines, and halves of characters: none of
# them may reach a terminal.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

Row = Mapping[str, Any]


def clean(text: str) -> str:
    """`text` with whatever a terminal might obey made visible."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def show(text: str = "") -> None:
    """One line of a result."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """One line that is no result: progress, remarks."""
    sys.stderr.write(text + "\n")


def survive_any_text() -> None:
    """From now on, what the terminal's encoding lacks is written as an escape, and not a reason to end."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Make sure that the result was written. Raises BrokenPipeError when nobody reads it, StratusError otherwise."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up()
        raise StratusError(f"the result cannot be written: {error.strerror}", hint="df -h") from error


def give_up() -> None:
    """Write no more to standard output; Python would complain when it flushes at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def rows(data: Sequence[Row], columns: Sequence[str], format: str, *, header: bool = True) -> None:
    """A listing. JSON and YAML carry every field, table and CSV the given columns."""
    if format == "json":
        show(_json([dict(row) for row in data]))
    elif format == "yaml":
        show(_yaml([dict(row) for row in data]))
    elif format == "csv":
        sys.stdout.write(_csv(data, columns, header))
    else:
        table([columns] * header + [[str(row[column]) for column in columns] for row in data])


def table(lines: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest cell, two blanks between them, none at the end."""
    cells = [[clean(cell) for cell in line] for line in lines]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))] if cells else []
    for line in cells:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def value(data: Any, format: str, text: Callable[[], None]) -> None:
    """One thing: as JSON or YAML, or as `text` prints it."""
    if format == "json":
        show(_json(plain(data)))
    elif format in ("yaml", "csv"):
        show(_yaml(plain(data)))
    else:
        text()


def plain(data: Any) -> Any:
    """A value as JSON types, without the tags that only the wire needs."""
    from stratus.model.codec import encode

    return _untagged(encode(data))


def fields(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values, one pair a line."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, text in pairs:
        show(f"{name.ljust(width)}  {clean(text)}".rstrip())


def plans(many: "Sequence[Plan]", format: str) -> None:
    """What would be done, on which machine, with the exact command lines."""
    if format != "table":
        value([plain(plan) for plan in many], format, lambda: None)
        return
    for plan in many:
        show(f"{plan.verb} {clean(plan.target)} on {plan.node}")
        for name, text in plan.takes:
            show(f"  {name}: {text}")
        for number, step in enumerate(plan.steps, 1):
            show(f"  {number:2}. {clean(step.title)}")
            for command in step.commands:
                show(f"        {command_line(command)}")
    show("nothing was changed")


def command_line(argv: Sequence[str]) -> str:
    """A command as it could be typed."""
    import shlex

    return clean(shlex.join(argv))


def error(problem: StratusError, format: str = "table") -> None:
    """Cause first, then the one command to try; in JSON with `code`, `cause` and `fix`."""
    if format == "json":
        note(_json({"code": problem.code, "cause": problem.message, "fix": problem.hint}, indent=None))
        return
    message = problem.message
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]} ... ({len(message)} characters)"
    note("stratus: " + "\n".join(clean(line) for line in message.splitlines() or [problem.code]))
    if problem.hint:
        note(f"  try: {clean(problem.hint)}")


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


def _json(data: Any, *, indent: int | None = 2) -> str:
    import json

    return json.dumps(data, indent=indent)  # ASCII: nothing in it can be an order to a terminal


def _csv(data: Sequence[Row], columns: Sequence[str], header: bool) -> str:
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows([clean(str(row[column])) for column in columns] for row in data)
    return text.getvalue()


def _yaml(data: Any) -> str:
    import yaml

    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=False)).rstrip("\n")


def _untagged(data: Any) -> Any:
    if isinstance(data, dict):
        from stratus.model.codec import KIND

        return {key: _untagged(item) for key, item in data.items() if key != KIND}
    if isinstance(data, list):
        return [_untagged(item) for item in data]
    return data
