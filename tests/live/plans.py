"""Plans, and what the log says of how they were carried out, in a form that can be compared."""

from typing import Any

from tests.live.cli import Stratus

Steps = list[tuple[str, list[list[str]]]]


def planned(stratus: Stratus, line: str) -> Steps:
    """The steps of the one plan of a command."""
    (plan,) = stratus(f"{line} --plan -o json").json
    return [(step["title"], step["commands"]) for step in plan["steps"]]


def carried_out(steps: list[dict[str, Any]], plan: Steps) -> Steps:
    """The steps as they were done; one whose effect was there already counts as planned."""
    told = dict(plan)
    return [
        (step["title"], told[step["title"]] if step["outcome"] == "was done" else step["commands"]) for step in steps
    ]
