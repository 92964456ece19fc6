"""Plans, as `--plan` prints them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stratus.model.secrets import masked, masked_within
from stratus.output.data import plain, value
from stratus.output.text import clean, show

if TYPE_CHECKING:
    from stratus.model.plan import Plan


def plans(many: "Sequence[Plan]", format: str) -> None:
    """What would be done, on which machine, with the exact command lines."""
    if format != "table":
        value(masked_within([plain(plan) for plan in many]), format, lambda: None)
        return
    for plan in many:
        show(f"{plan.verb} {clean(masked(plan.target))} on {plan.node}")
        for name, text in plan.takes.lines():
            show(f"  {name}: {text}")
        for number, step in enumerate(plan.steps, 1):
            show(f"  {number:2}. {clean(masked(step.title))}")
            for command in step.commands:
                show(f"        {command_line(command)}")
        if not plan.steps:
            show("  nothing has to be done there")
    show("nothing was changed")


def command_line(argv: Sequence[str]) -> str:
    """A command as it could be typed."""
    import shlex

    return clean(masked(shlex.join(argv)))
