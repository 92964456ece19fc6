"""What the audit is asked: lines go in and come out newest first; none is ever changed."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

Line = Mapping[str, Any]  # JSON types; "at_s" says when, in seconds of the epoch


class Audit(Protocol):
    """Lines, kept by the day of their `at_s` (UTC)."""

    def write(self, line: Line, *, sync: bool) -> None:
        """Add a line; with `sync` it has reached the disk when this returns. Raises NoCapacity, Denied."""
        ...

    def read(self, since_s: float = 0.0, until_s: float = float("inf")) -> Iterator[Line]:
        """The lines of these days that were written within, newest first; read only as far as they are taken.

        What is no line (the half of one, after a power cut) is passed over."""
        ...

    def forget(self, before_s: float) -> int:
        """Remove the days that ended before; how many they were."""
        ...
