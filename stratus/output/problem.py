"""Errors, as they are told: cause first, then the one command to try."""

from stratus.errors import StratusError
from stratus.output.data import as_json
from stratus.output.text import clean, note

LONGEST_MESSAGE = 2000


def error(problem: StratusError, format: str = "table") -> None:
    """Cause first, then the one command to try; in JSON with `code`, `cause` and `fix`."""
    if format == "json":
        note(as_json({"code": problem.code, "cause": problem.message, "fix": problem.hint}, indent=None))
        return
    message = problem.message
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]} ... ({len(message)} characters)"
    note("stratus: " + "\n".join(clean(line) for line in message.splitlines() or [problem.code]))
    if problem.hint:
        note(f"  try: {clean(problem.hint)}")
