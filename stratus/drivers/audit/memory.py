"""An audit that ends with the process."""

from collections.abc import Iterator

from stratus.drivers.audit.protocol import Line

_DAY_S = 86400.0


class MemoryAudit:
    """Implements `Audit`."""

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def write(self, line: Line, *, sync: bool) -> None:
        """Add a line."""
        self._lines.append(dict(line))

    def read(self, since_s: float = 0.0, until_s: float = float("inf")) -> Iterator[Line]:
        """Newest first."""
        return (line for line in reversed(tuple(self._lines)) if since_s <= line["at_s"] <= until_s)

    def forget(self, before_s: float) -> int:
        """Remove the days that ended before."""
        gone = {day for line in self._lines if (day := line["at_s"] // _DAY_S) < before_s // _DAY_S}
        self._lines = [line for line in self._lines if line["at_s"] // _DAY_S not in gone]
        return len(gone)
