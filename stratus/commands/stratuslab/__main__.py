"""The front door under StratusLab's names: the command is in the name of the program, or the first word."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from stratus.cli import new_session, status_of
from stratus.commands.stratuslab.names import command_of
from stratus.commands.stratuslab.outside import Outside


def run(name: str, words: Sequence[str], outside: Outside | None = None) -> int:
    """The exit status of the command line of the command called `name`. Never raises."""
    return status_of(partial(_run, name, words, outside or Outside(new_session)), [name])


def installed() -> int:
    """What a launcher calls that has the command's name."""
    return run(Path(sys.argv[0]).name, sys.argv[1:])


def _run(name: str, words: Sequence[str], outside: Outside) -> object:
    command = command_of(name)
    return command.main(args=list(words), prog_name=command.name, standalone_mode=False, obj=outside)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]))
