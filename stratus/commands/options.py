"""Options that several commands share, and what they print in common."""

from collections.abc import Callable, Sequence
from functools import update_wrapper
from math import isfinite
from typing import Any, TypeVar

import click

from stratus import output

F = TypeVar("F", bound=Callable[..., Any])

EXIT_STATUS = "\b\nExit status: 0, or that of the error; stratus(1) lists them."


class Seconds(click.FloatRange):
    """A number of seconds: no "inf", which JSON does not have, and no "nan", which is no moment's before or after."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number. Raises click's BadParameter."""
        seconds = super().convert(value, param, ctx)
        return seconds if isfinite(seconds) else self.fail(f"{value!r} is not a number of seconds.", param, ctx)


SECONDS = Seconds(min=0)


class CommandWithWait(click.Command):
    """A command whose `--wait` may stand alone; a value must be joined to it, so that no argument is taken for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The words, with the value that a bare `--wait` stands for."""
        bare = f"--wait={self.wait_for}"
        end = args.index("--") if "--" in args else len(args)
        words = [bare if word == "--wait" else word for word in args[:end]]
        return super().parse_args(ctx, words + args[end:])

    wait_for = "running"


def waiting_for(state: str) -> type[CommandWithWait]:
    """The command class whose bare `--wait` means `state`."""
    return type("CommandWithWait", (CommandWithWait,), {"wait_for": state})


def output_option(command: F) -> F:
    """-o, of a command that shows what is no listing."""
    return click.option(
        "-o", "--output", "format", type=click.Choice(output.FORMATS), default="table", help="How to print the result."
    )(command)


def plan_option(command: F) -> F:
    """--plan."""
    return click.option("--plan", is_flag=True, help="Show the exact steps and change nothing.")(command)


def wait_options(*states: str) -> Callable[[F], F]:
    """--wait and --timeout."""

    def decorate(command: F) -> F:
        command = click.option(
            "--timeout",
            "timeout_s",
            default=300.0,
            type=SECONDS,
            metavar="SECONDS",
            help="How long to wait; 300 unless told.",
        )(command)
        return click.option(
            "--wait",
            "until",
            type=click.Choice(states),
            help=f"Wait until it is {' or '.join(states)}; without a value: {states[0]}.",
        )(command)

    return decorate


def deadline_option(whose: str) -> Callable[[F], F]:
    """--deadline."""
    return click.option(
        "--deadline", "deadline_s", default=60.0, type=SECONDS, metavar="SECONDS", help=f"How long {whose} may take."
    )


def sharing(own: F, common: Sequence[Callable[[Any], Any]], perform: Callable[..., Any]) -> Callable[..., Any]:
    """`perform` with the name, the help and the options of `own`, and behind these the `common` ones."""
    options = vars(own).pop("__click_params__", [])
    shared = update_wrapper(perform, own)
    for decorate in reversed(common):
        shared = decorate(shared)
    vars(shared).setdefault("__click_params__", []).extend(options)  # click takes them from the last to the first
    return shared


targets_argument = click.argument("targets", metavar="INSTANCE...", nargs=-1, required=True)
