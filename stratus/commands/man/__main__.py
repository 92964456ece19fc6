"""Writes the man pages, and what --help prints, into a folder, and removes pages that are not made any more."""

import re
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import click

import stratus
from stratus.__main__ import PAGE_WIDTH
from stratus.cli import main as front_door
from stratus.commands.group import LazyGroup
from stratus.commands.man import agent_page, command_page, configuration, gate_page, overview, tutorial
from stratus.commands.stratuslab.names import NAMES, command_of

_RELEASE = re.compile(r"^## \S+ - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_MARK = r".\" Written by stratus.commands.man"


def main() -> int:
    """Write them; gives the exit status."""
    if len(sys.argv) != 2:
        print("usage: python -P -m stratus.commands.man FOLDER", file=sys.stderr)
        return 2
    write(Path(sys.argv[1]), pages(Path(stratus.__file__).parents[1]))
    return 0


def pages(checkout: Path) -> Mapping[str, str]:
    """Every page by the name of its file."""
    day = released((checkout / "CHANGELOG.md").read_text("utf-8"))
    assert isinstance(front_door, LazyGroup)
    commands = list(command_page.walk(front_door))
    old = [command_page.Described((name,), each.about, command_of(name), "-") for name, each in NAMES.items()]
    # `stratus config` and `stratus-config` have one name for their page; that of the command says what the other takes.
    taken = {each.page_name for each in commands}
    old = [each for each in old if each.page_name not in taken]
    return {
        "stratus.1": overview.page(commands, day),
        **{f"{each.page_name}.1": command_page.page(each, day) for each in (*commands, *old)},
        "stratuslab.cfg.5": configuration.site_page(day),
        "stratuslab-user.cfg.5": configuration.user_page(day),
        "stratus-tutorial.7": tutorial.page((checkout / "docs/tutorial.md").read_text("utf-8"), day),
        "stratus-nodeagent.8": agent_page.page(day),
        "stratus-gate.8": gate_page.page(day),
        "help.txt": first_page(),
    }


def first_page() -> str:
    """What `stratus --help` prints; kept as a file, which is read faster than click is loaded."""
    context = click.Context(
        front_door, info_name="stratus", terminal_width=PAGE_WIDTH - 2, **front_door.context_settings
    )
    return front_door.get_help(context) + "\n"


def released(changelog: str) -> str:
    """The day of the newest release, as mdoc writes days."""
    found = _RELEASE.search(changelog)
    assert found, "the changelog has no line like: ## 1.0.0 - 2020-12-31"
    day = date.fromisoformat(found[1])
    return f"{day:%B} {day.day}, {day.year}"


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Put the pages into the folder; other pages that were written by this program go."""
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.[1578]"):
        if path.name not in texts and path.read_text("utf-8").startswith(_MARK):
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
