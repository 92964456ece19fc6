"""The audit as files: a folder with a file of JSON lines per day, which any tool for text can read."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratus.errors import Denied, NoCapacity, StratusError

if TYPE_CHECKING:  # every command writes a line, and must be quick to load
    from stratus.drivers.audit.protocol import Line

_SUFFIX = ".jsonl"
_LAST_S = 253402300799.0  # of the year 9999
_BLOCK = 64 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


class FileAudit:
    """Implements `Audit`. Many processes may write at once: each line is one append."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def write(self, line: "Line", *, sync: bool) -> None:
        """Add a line to the file of its day."""
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n"
        try:
            self._append(self._folder / f"{_day(line['at_s'])}{_SUFFIX}", text.encode("ascii"), sync)
        except OSError as error:
            said = f"the audit in {self._folder} cannot be written: {error.strerror}"
            if error.errno in _FULL:
                raise NoCapacity(said, hint=f"df -h {self._folder}") from error
            if isinstance(error, PermissionError):
                raise Denied(said, hint="act as the cloud's administrator") from error
            raise StratusError(said) from error

    def read(self, since_s: float = 0.0, until_s: float = float("inf")) -> "Iterator[Line]":
        """Newest first, a block of a file at a time."""
        first, last = _day(since_s), _day(until_s)
        for path in sorted(self._days(), reverse=True):
            if first <= path.stem <= last:
                for line in map(_line, _from_the_end(path)):
                    if line is not None and since_s <= line["at_s"] <= until_s:
                        yield line

    def forget(self, before_s: float) -> int:
        """Remove the days that ended before."""
        gone = [path for path in self._days() if path.stem < _day(before_s)]
        for path in gone:
            with suppress(FileNotFoundError):
                path.unlink()
        return len(gone)

    def _append(self, path: Path, body: bytes, sync: bool) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, flags, 0o600)
        try:
            end = os.fstat(descriptor).st_size
            if end and os.pread(descriptor, 1, end - 1) != b"\n":
                body = b"\n" + body  # the half of a line stays the only one that is lost
            if os.write(descriptor, body) != len(body):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if sync:
                os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def _days(self) -> list[Path]:
        """Files of ours; whatever else lies there is nobody's business."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        return [self._folder / name for name in names if _is_day(name)]


def _day(at_s: float) -> str:
    """The day, within those that have four digits for their year: what users ask for may be any number."""
    return f"{datetime.fromtimestamp(min(max(at_s, 0.0), _LAST_S), UTC):%Y-%m-%d}"


def _is_day(name: str) -> bool:
    stem, dot, suffix = name.partition(".")
    return dot + suffix == _SUFFIX and len(stem) == 10 and stem.replace("-", "").isdigit()


def _line(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and isinstance(line.get("at_s"), (int, float)) else None


def _from_the_end(path: Path) -> Iterator[bytes]:
    """The lines of a file, last first."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        place, rest = file.seek(0, os.SEEK_END), b""
        while place:
            size = min(_BLOCK, place)
            place -= size
            file.seek(place)
            rest, *lines = (file.read(size) + rest).split(b"\n")
            yield from (line for line in reversed(lines) if line)
        if rest:
            yield rest
