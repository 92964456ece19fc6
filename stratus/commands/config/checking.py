"""Showing everything that is wrong with the configuration at once."""

from collections.abc import Callable, Sequence

from stratus import output
from stratus.commands.config.rules import rules
from stratus.commands.group import is_built_in
from stratus.config.logins.problems import login_problems
from stratus.config.problems import ERROR, WARNING, Problem, problems_of
from stratus.config.sources import Sources
from stratus.errors import ConfigError

_COLUMNS = ("level", "where", "key", "problem", "hint")


def check(sources: Sources, format: str) -> int:
    """Print all problems. Gives the exit status: that of a ConfigError if there is an error, 0 if not."""
    problems = problems_of(sources, rules=rules)
    problems += [] if any(each.level == ERROR for each in problems) else _hidden(sources)
    problems += login_problems(sources.site.parent)
    show_problems(problems, format)
    if not problems and format == "table":
        output.show("nothing is wrong with the configuration")
    return ConfigError.status if any(each.level == ERROR for each in problems) else 0


def show_problems(problems: Sequence[Problem], format: str, *, to: Callable[[str], None] = output.show) -> None:
    """Print problems, each with its cause first, then what to do about it."""
    if format != "table":
        output.rows([_row(each) for each in problems], _COLUMNS, format)
        return
    for each in problems:
        place = ": ".join(part for part in (each.where, each.key) if part)
        to(output.clean(f"{each.level}: {place}: {each.text}" if place else f"{each.level}: {each.text}"))
        if each.hint:
            to(f"  try: {output.clean(each.hint)}")


def _hidden(sources: Sources) -> list[Problem]:
    """Aliases that are never reached."""
    hidden = [alias for alias in sources.aliases().values() if is_built_in(alias.name)]
    text = "has no effect: a command has this name"
    return [Problem(WARNING, alias.origin, alias.name, text, "choose another name") for alias in hidden]


def _row(each: Problem) -> dict[str, object]:
    return {"level": each.level, "where": each.where, "key": each.key, "problem": each.text, "hint": each.hint}
