"""The record of work on an image: the steps that were planned, with what became of each as it was done."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from stratus.model.order import StepTiming
from stratus.model.plan import Explained

NOT_NEEDED = "not needed"


class Work:
    """Told of each step around what it does, it gives the record of all; what was not done was not needed."""

    def __init__(self, clock: Callable[[], float], steps: Sequence[Explained]) -> None:
        self._clock, self._steps = clock, steps
        self._done: dict[str, StepTiming] = {}

    @contextmanager
    def doing(self, step: Explained) -> Iterator[None]:
        """The time and the command lines of the step, if it ends well; one that is done again counts once."""
        began = self._clock()
        yield
        self._done[step.title] = StepTiming(step.title, "did", began, self._clock() - began, step.explain())

    def timings(self) -> tuple[StepTiming, ...]:
        """Every step in its order."""
        now = self._clock()
        left = {step.title: StepTiming(step.title, NOT_NEEDED, now, 0.0) for step in self._steps}
        return tuple((left | self._done).values())
