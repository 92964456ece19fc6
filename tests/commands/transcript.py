"""Transcripts: what is typed, and exactly what is answered.

== a cloud of its own begins here, for what the line says
% something happens to the site (EVENTS of golden_cloud.py)
$ a command line, as a shell takes it apart
> an answer to what the command asks
| a line of standard output
! a line of standard error
? the exit status, unless it is 0
# a remark; empty lines are nothing"""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.commands.conftest import Said

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(FOLDER.glob("*.txt"))
_ANSWERED = ("|", "!", "?")


@dataclass(frozen=True)
class Scene:
    """What is typed to one cloud; `lines` are those of the file, the answers among them."""

    lines: tuple[str, ...]

    def again(self, type: Callable[[str, Sequence[str]], Said], event: Callable[[str], None]) -> Iterator[str]:
        """The lines as they are when everything is typed once more."""
        lines = [line for line in self.lines if not line.startswith(_ANSWERED)]
        command, answers = "", list[str]()
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            yield line
            if line.startswith("% "):
                event(line[2:])
            elif line.startswith("$ "):
                command, answers = line[2:], []
            elif line.startswith("> "):
                answers.append(line[2:])
            if command and not following.startswith("> "):
                yield from _told(type(command, answers))
                command = ""


def scenes(path: Path) -> list[Scene]:
    """The scenes of a file."""
    found: list[list[str]] = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("== ") or not found:
            found.append([])
        found[-1].append(line)
    return [Scene(tuple(lines)) for lines in found]


@dataclass(frozen=True)
class Typed:
    """A line that some transcript has: the program, its words, and the status that it ended with."""

    program: str
    words: tuple[str, ...]
    status: int


def everything_typed() -> Iterator[Typed]:
    """What stands in all transcripts."""
    for lines in (scene.lines for path in FILES for scene in scenes(path)):
        for number, line in enumerate(lines):
            if line.startswith("$ "):
                program, *words = shlex.split(line[2:])
                yield Typed(program, tuple(words), _status(lines[number + 1 :]))


def _status(lines: Sequence[str]) -> int:
    """That of the command before the lines."""
    for line in lines:
        if line.startswith("? "):
            return int(line[2:])
        if line.startswith("$ "):
            break
    return 0


def _told(said: Said) -> Iterator[str]:
    for mark, text in (("|", said.out), ("!", said.err)):
        yield from (f"{mark} {line}".rstrip() for line in text.replace("\x1b", "\\x1b").split("\n")[:-1])
    if said.status:
        yield f"? {said.status}"
