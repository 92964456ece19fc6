"""What `stratus burnin` answers with: a verdict for each verb, and what the doctor said afterwards."""

import statistics
from collections.abc import Mapping, Sequence

from stratus.model.doctor.finding import Diagnosis
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Verdict:
    """How one verb went, over all rounds and instances; times are from the command to the arrival."""

    verb: str
    done: int
    failed: int
    min_s: float = 0.0
    median_s: float = 0.0
    max_s: float = 0.0
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Burnin:
    """The whole of it."""

    verdicts: tuple[Verdict, ...]
    left: tuple[str, ...]  # instances that could not be ended
    diagnosis: Diagnosis

    @property
    def passed(self) -> bool:
        """Whether everything went well and nothing was left behind."""
        return not self.left and self.diagnosis.healthy and all(not one.failed for one in self.verdicts)


def verdict(verb: str, times_s: Sequence[float], troubles: Mapping[str, str]) -> Verdict:
    """The verdict on one verb: how long those took that arrived, and why others did not."""
    said = tuple(f"{name}: {why}" for name, why in troubles.items())
    if not times_s:
        return Verdict(verb, 0, len(troubles), troubles=said)
    middle = statistics.median(times_s)
    return Verdict(verb, len(times_s), len(troubles), min(times_s), middle, max(times_s), said)
