"""The front door as a group: its commands under headings, and where on a line the command stands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from stratus.commands.group import LazyGroup
from stratus.errors import StratusError
from stratus.model.values import dataclass

Groups = Mapping[str, tuple[str, ...]]  # a heading -> names of commands

GROUPS: Groups = {
    "Instances": ("run", "run-cluster", "describe", "wait", "connect", "console", "log", "why", "audit"),
    "Their life": ("stop", "start", "reboot", "shutdown", "kill"),
    "Images and the site": (
        "image",
        "node",
        "user",
        "group",
        "usage",
        "capacity",
        "simulate",
        "config",
        "doctor",
        "burnin",
        "recover",
        "dispatch",
        "install",
        "uninstall",
        "sandbox",
    ),
    "The terminal": ("completion", "help"),
}
EVERYDAY: Groups = {
    "Make this machine a cloud": ("install", "image", "config"),
    "Start and use instances": ("run", "describe", "wait", "connect", "log", "why"),
    "Stop and end them": ("stop", "start", "kill"),
}
_MORE = "`stratus help` lists all commands, `stratus help COMMAND` tells all about one."


class NothingTyped(click.exceptions.NoArgsIsHelpError):
    """No word at all; carries what is shown then."""

    def __init__(self, text: str, ctx: click.Context) -> None:
        click.UsageError.__init__(self, text, ctx)


class FrontDoor(LazyGroup):
    """The group of all commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; without any word, the everyday commands are shown."""
        if not args and not ctx.resilient_parsing:
            raise NothingTyped(self._everyday(ctx), ctx)
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """All commands, in their groups."""
        grouped = {name for names in GROUPS.values() for name in names}
        others = tuple(name for name in self.table if name not in grouped)
        self._write(formatter, {**GROUPS, **({"More": others} if others else {})})

    def candidates(self, ctx: click.Context) -> Iterable[str]:
        """The commands, aliases, programs and StratusLab's names, and the options, for whom forgot the hyphens."""
        from stratus.commands.elsewhere import Elsewhere

        yield from self.table
        for option in self.params:
            yield from (word for word in option.opts if word.startswith("--"))
        try:
            yield from Elsewhere(getattr(ctx.obj, "environ", {})).names()
        except StratusError:
            return

    def _everyday(self, ctx: click.Context) -> str:
        formatter = ctx.make_formatter()
        self.format_usage(ctx, formatter)
        self._write(formatter, EVERYDAY)
        formatter.write_paragraph()
        formatter.write_text(_MORE)
        return formatter.getvalue().rstrip("\n")

    def _write(self, formatter: click.HelpFormatter, groups: Groups) -> None:
        for heading, names in groups.items():
            with formatter.section(heading):
                formatter.write_dl([(name, self.table[name][1]) for name in names])


@dataclass(frozen=True)
class Typed:
    """A command line taken apart at its command: the options before it, the command's name, and what follows.

    `name` is "" where there is none, and where a summary or the version was asked for."""

    before: Sequence[str]
    options: Mapping[str, Any]
    name: str = ""
    after: Sequence[str] = ()

    def with_words(self, words: Sequence[str]) -> list[str]:
        """The whole line with `words` in the place of the command's name."""
        return [*self.before, *words, *self.after]


def take_apart(group: click.Group, words: Sequence[str]) -> Typed:
    """Where the command stands. A line that cannot be read has none; whoever runs it says what is wrong."""
    parser = group.make_parser(click.Context(group, resilient_parsing=True, **group.context_settings))
    options, rest, _ = parser.parse_args(list(words))
    if not rest or options.get("help") or options.get("version"):
        return Typed(words, options)
    return Typed(words[: len(words) - len(rest)], options, rest[0], rest[1:])
