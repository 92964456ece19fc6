"""What a mistyped option or value was perhaps meant to be."""

import re

import click

from stratus.model.nearest import nearest

_KINDS = {"float": "not a number", "integer": "not a whole number"}
_KIND = re.compile(r"is not a valid (float|integer)(?: range)?\.$")
_REFUSED = re.compile(r"(['\"])(.*)\1 is not one of ", re.DOTALL)  # click's words about a value


def hint_of(problem: click.ClickException, command: str) -> str:
    """The command line to try after what click complains of."""
    if isinstance(problem, click.NoSuchOption) and problem.possibilities:
        return f"{command} {problem.possibilities[0]}"
    if isinstance(problem, click.BadParameter) and problem.param:
        near = _nearest_choice(problem)
        if near:
            option = problem.param.opts[-1] if isinstance(problem.param, click.Option) else ""
            return " ".join(filter(None, (command, option, near)))
    return f"{command} --help"


def said_of(problem: click.ClickException) -> str:
    """The complaint in one line of plain words, without the guess that the hint makes."""
    if isinstance(problem, click.NoSuchOption):
        return problem.message
    if isinstance(problem, click.MissingParameter):  # click tells the choices in a column
        return re.sub(r"\s+", " ", problem.format_message())
    return _KIND.sub(lambda found: f"is {_KINDS[found[1]]}.", problem.format_message())


def _nearest_choice(problem: click.BadParameter) -> str:
    refused = _REFUSED.match(problem.message)
    kind = problem.param.type if problem.param else None
    if not refused or not isinstance(kind, click.Choice):
        return ""
    return nearest(refused[2], map(str, kind.choices))
