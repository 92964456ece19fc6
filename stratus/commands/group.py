"""Groups of commands that import a command's module only when it is used: `--help` stays fast."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import ClassVar

import click
from click.shell_completion import CompletionItem

from stratus.commands.loudness import with_loudness
from stratus.commands.stratuslab.names import NAMES
from stratus.errors import UsageError
from stratus.model.nearest import nearest

Table = Mapping[str, tuple[str, str]]  # name -> (module with the attribute `command`, one line of help)


class LazyGroup(click.Group):
    """A group whose commands stand in a static table."""

    table: ClassVar[Table] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; or None."""
        if cmd_name not in self.table:
            return None
        command = import_module(self.table[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return with_loudness(command)

    def candidates(self, ctx: click.Context) -> Iterable[str]:
        """What a mistyped word may have been meant to be."""
        return self.table

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a typing error is answered with the nearest name."""
        if args and args[0] not in self.table and not args[0].startswith("-"):
            near = nearest(args[0], self.candidates(ctx))
            raise UsageError(
                f"there is no command {args[0]!r}",
                hint=f"{ctx.command_path} {near}" if near else f"{ctx.command_path} --help",
            )
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names and the options that begin so; click would import every command for its help."""
        named = [CompletionItem(name, help=text) for name, (_, text) in self.table.items()]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(each for each in named if each.value.startswith(incomplete)), *options]


def lazy(name: str, table: Table, help: str) -> type[LazyGroup]:
    """A group class over `table`."""
    return type(f"{name.title()}Group", (LazyGroup,), {"table": table, "__doc__": help})


def is_built_in(name: str) -> bool:
    """Whether `stratus NAME` is a command of ours, so that nothing else of that name is reached."""
    root = click.get_current_context().find_root().command
    return name in NAMES or (isinstance(root, LazyGroup) and name in root.table)
