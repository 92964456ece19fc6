"""The table, the file that keeps it, and how it compares with an earlier one."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import Pairs, spread
from bench.row import Row

FORMAT = 1
WORSE = 1.25  # an earlier median times this is noise no more
HEADER = ("row", "what", "against", "ours", "raw", "ratio", "spread", "goal", "")


@dataclass(frozen=True)
class Result:
    """What became of one row: its figures, or why there are none."""

    row: Row
    pairs: Pairs | None
    why_not: str = ""

    @property
    def verdict(self) -> str:
        """One word for the table."""
        if self.pairs is None:
            return "not run"
        return "met" if self.row.met(spread(self.pairs.ratios).median) else "MISSED"


def line(result: Result) -> tuple[str, ...]:
    """One line of the table."""
    row, pairs = result.row, result.pairs
    if pairs is None:
        return (row.name, row.what, row.against, "-", "-", "-", "-", row.goal_text, f"not run: {result.why_not}")
    ratio = spread(pairs.ratios)
    times = "x" if row.times else f" {pairs.unit}"
    return (
        row.name,
        row.what,
        row.against,
        _amount(spread(pairs.ours).median, pairs.unit),
        _amount(spread(pairs.raw).median, pairs.unit) if row.times else "-",
        f"{ratio.median:.3g}{times}",
        f"{ratio.low:.3g} .. {ratio.high:.3g}",
        row.goal_text,
        result.verdict,
    )


def table(lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, cells, widths)).rstrip() for cells in lines)


def document(results: Sequence[Result], *, quick: bool) -> dict[str, Any]:
    """What is kept of a run: every single figure, and on what it was measured."""
    return {
        "format": FORMAT,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "machine": {"cpus": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()},
        "rows": {result.row.name: _kept(result) for result in results},
    }


def compared(results: Sequence[Result], earlier: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """For each row that both runs have: the ratio then, the ratio now, and what that means."""
    lines = [("row", "then", "now", "")]
    for result in results:
        then = earlier["rows"].get(result.row.name, {}).get("ratio")
        if then is None or result.pairs is None:
            continue
        now = spread(result.pairs.ratios).median
        lines.append((result.row.name, f"{then:.3g}", f"{now:.3g}", _change(result.row, then, now)))
    return lines


def read(path: Path) -> dict[str, Any]:
    """An earlier run. Raises ValueError for a file that is none."""
    kept = json.loads(path.read_text("utf-8"))
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        raise ValueError(f"{path} holds no figures of this format")
    return kept


def _kept(result: Result) -> dict[str, Any]:
    if result.pairs is None:
        return {"why_not": result.why_not, "goal": result.row.goal}
    return {
        "ratio": spread(result.pairs.ratios).median,
        "goal": result.row.goal,
        "met": result.verdict == "met",
        "unit": result.pairs.unit,
        "ours": result.pairs.ours,
        "raw": result.pairs.raw,
    }


def _change(row: Row, then: float, now: float) -> str:
    better, worse = (then * WORSE, then / WORSE) if row.at_least else (then / WORSE, then * WORSE)
    if (now > worse) if not row.at_least else (now < worse):
        return "worse"
    return "better" if ((now < better) if not row.at_least else (now > better)) else "alike"


def _amount(value: float, unit: str) -> str:
    if unit == "s" and value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.3g} {unit}"
