"""How the histories of instances and images are shown."""

from collections.abc import Sequence
from datetime import datetime

from stratus import output
from stratus.model.order import StepTiming


def moment(at_s: float) -> str:
    """A time of day, as a person here reads it."""
    return datetime.fromtimestamp(at_s).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def show_steps(steps: Sequence[StepTiming], verbose: int) -> None:
    """Each step with its time and what became of it; when `verbose`, also the command lines."""
    for timing in steps:
        output.show(f"{' ' * 25}{timing.took_s * 1000:8.0f} ms  {timing.outcome:8} {output.clean(timing.title)}")
        for line in timing.commands if verbose else ():
            output.show(f"{' ' * 47}{output.command_line(line)}")
