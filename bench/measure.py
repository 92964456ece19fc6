"""Measuring two things in turn, so that a noisy machine disturbs both alike, and what comes of it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Deed = Callable[[], object]


@dataclass(frozen=True)
class Pairs:
    """What was measured in each round: ours, and the raw alternative's, in `unit`. Without one, `raw` is all ones."""

    ours: tuple[float, ...]
    raw: tuple[float, ...]
    unit: str = "s"

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours as multiples of the raw alternative, round by round."""
        return tuple(ours / raw for ours, raw in zip(self.ours, self.raw, strict=True))


@dataclass(frozen=True)
class Spread:
    """A median, and the quartiles around it."""

    low: float
    median: float
    high: float


def spread(values: tuple[float, ...]) -> Spread:
    """The median and the quartiles; of a single value, that value."""
    if len(values) < 2:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(low, median, high)


def in_turn(ours: Deed, raw: Deed, rounds: int, *, tidy: Deed = lambda: None) -> Pairs:
    """How long each takes, `rounds` times after one that warms both up. Who goes first changes with every round.

    `tidy` is done after each, and not timed."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(-1, rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            took[which].append(seconds((ours, raw)[which]))
            tidy()
    return Pairs(tuple(took[0][1:]), tuple(took[1][1:]))


def seconds(deed: Deed) -> float:
    """How long it takes."""
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def alone(values: tuple[float, ...], unit: str) -> Pairs:
    """Figures that are held against a goal of their own, and no alternative."""
    return Pairs(values, (1.0,) * len(values), unit)
