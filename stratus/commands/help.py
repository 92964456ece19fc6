"""stratus help: what commands there are, and all about one."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

import stratus
from stratus import output
from stratus.commands.elsewhere import Elsewhere
from stratus.commands.group import LazyGroup
from stratus.commands.session import Session, pass_session
from stratus.commands.stratuslab.names import NAMES, command_of
from stratus.errors import NotFound, UsageError

# What has a page and is no command.
TOPICS: Mapping[str, tuple[str, str]] = {
    "tutorial": ("stratus-tutorial.7", "stratus run --help"),
    "stratuslab.cfg": ("stratuslab.cfg.5", "stratus config --keys"),
    "stratuslab-user.cfg": ("stratuslab-user.cfg.5", "stratus config --keys"),
    "gate": ("stratus-gate.8", "stratus login --help"),
    "nodeagent": ("stratus-nodeagent.8", "stratus node list"),
}


@click.command("help")
@click.argument("words", metavar="[COMMAND...|TOPIC]", nargs=-1)
@click.pass_context
@pass_session
def command(session: Session, ctx: click.Context, words: tuple[str, ...]) -> None:
    """List all commands, or show all about one: its manual page on a terminal, its summary elsewhere.

    Programs called stratus-NAME in PATH and aliases are listed apart. TOPIC is stratuslab.cfg, stratuslab-user.cfg or
    nodeagent.

    \b
    Examples:
      stratus help
      stratus help image import
      stratus help stratuslab.cfg
    """
    root = ctx.find_root()
    elsewhere = Elsewhere(session.environ)
    if not words:
        output.show(root.get_help())
        _list(elsewhere, root.command)
    elif len(words) == 1 and words[0] in TOPICS:
        page, instead = TOPICS[words[0]]
        if not _read(page):
            raise NotFound(f"the manual page {page} cannot be shown here", hint=instead)
    else:
        _tell(root, elsewhere, words)


def _list(elsewhere: Elsewhere, front_door: click.Command) -> None:
    """What can be typed besides the commands."""
    assert isinstance(front_door, LazyGroup)
    aliases = {alias.name: alias.text for alias in elsewhere.aliases.values()}
    for title, items in (
        ("StratusLab's names", {name: each.about for name, each in NAMES.items() if name not in front_door.table}),
        ("Programs in PATH", elsewhere.programs()),
        ("Aliases", aliases),
    ):
        if items:
            width = max(map(len, map(output.clean, items)))
            output.show(f"\n{title}:")
            for name, text in items.items():
                output.show(f"  {output.clean(name).ljust(width)}  {output.clean(text)}")


def _tell(root: click.Context, elsewhere: Elsewhere, words: Sequence[str]) -> None:
    """All about the command that the words name."""
    name = words[0]
    assert isinstance(root.command, LazyGroup)
    if name in root.command.table:
        inner = _context_of(root, words)
    elif name in NAMES:
        old = command_of(name)
        inner = click.Context(old, info_name=old.name, **old.context_settings)
    elif elsewhere.program(name):
        _tell_of_program(elsewhere, name)
        return
    elif alias := elsewhere.aliases.get(name.lower()):
        output.show(f"{alias.name} is an alias of: {output.clean(alias.text)}")
        return
    else:
        root.command.resolve_command(root, [name])
        return
    if not (sys.stdout.isatty() and _read(f"{inner.command_path.replace(' ', '-')}.1")):
        output.show(inner.get_help())


def _context_of(root: click.Context, words: Sequence[str]) -> click.Context:
    inner = root
    for word in words:
        if not isinstance(inner.command, LazyGroup):
            raise UsageError(f"{inner.command_path} has no commands of its own", hint=f"{inner.command_path} --help")
        _, command, _ = inner.command.resolve_command(inner, [word])
        assert command is not None
        inner = click.Context(command, info_name=word, parent=inner)
    return inner


def _tell_of_program(elsewhere: Elsewhere, name: str) -> None:
    if not (sys.stdout.isatty() and _read(f"stratus-{name}.1")):
        output.show(f"{output.clean(name)} is {output.clean(elsewhere.program(name) or '')}")


def _read(page: str) -> bool:
    """Show a manual page, from the checkout or as it is installed; whether that worked. Its reader takes his time."""
    if not shutil.which("man"):
        return False
    ours = Path(stratus.__file__).parents[1] / "man" / page
    title, _, number = page.rpartition(".")
    argv = ["man", str(ours)] if ours.is_file() else ["man", number, title]
    output.flush()
    return subprocess.run(argv, stderr=subprocess.DEVNULL, check=False).returncode == 0
