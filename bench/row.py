"""One row of the table: what is measured, against what, and how good it shall be."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Pairs

ROOT = Path(__file__).resolve().parents[1]
STRATUS = str(ROOT / "bin" / "stratus")
PYTHON = str(ROOT / ".venv" / "bin" / "python")


@dataclass(frozen=True)
class Effort:
    """How much is measured. `folder` is empty, on a disk, and goes afterwards."""

    folder: Path
    quick: bool = False

    def rounds(self, usual: int) -> int:
        """How many rounds to take; a third of the usual ones when it shall be quick."""
        return max(3, usual // 3) if self.quick else usual


class CannotRun(Exception):
    """This machine lacks what the row needs; the text says what."""


@dataclass(frozen=True)
class Row:
    """A figure and its goal: the ratio of ours to the raw alternative is at most (or at least) `goal`.

    `measure` raises CannotRun where something that it needs is missing."""

    name: str
    what: str
    against: str
    goal: float
    measure: Callable[[Effort], Pairs]
    at_least: bool = False
    times: bool = True  # the goal is a multiple of the alternative; else a number in the figures' own unit

    def met(self, ratio: float) -> bool:
        """Whether a ratio is as good as it shall be."""
        return ratio >= self.goal if self.at_least else ratio <= self.goal

    @property
    def goal_text(self) -> str:
        """The goal as the table prints it."""
        return f"{'>=' if self.at_least else '<='} {self.goal:g}{'x' if self.times else ''}"
