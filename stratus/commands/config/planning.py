"""Showing how a file of the configuration would change: as a difference, or as a plan like that of every command."""

from pathlib import Path

from stratus import output
from stratus.config.diff import difference
from stratus.model.plan import Plan, PlannedStep
from stratus.model.takes import Takes


def show_plan(path: Path, before: str, after: str, *, title: str, reveal: bool, format: str) -> None:
    """Print it; `patch` does the same when it is told the difference, unless a secret is hidden in that."""
    lines = difference(path, before, after, reveal=reveal)
    if format != "table":
        steps = (PlannedStep(title, (("patch", str(path)),)),) if lines else ()
        plan = output.plain(Plan("config", str(path), "front end", Takes(), steps))
        output.value([{**plan, "file": str(path), "diff": lines}], format, lambda: None)
        return
    for line in lines:
        output.show(output.clean(line))
    output.show("nothing was changed")
