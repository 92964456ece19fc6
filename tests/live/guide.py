"""Typing a guide: every command line of a document's console blocks, in a shell on a terminal, as its reader would.

A block shows a prompt, the line, and what was printed when it was written. A number, an address, a time or an identifier
may be another one today, and so may the width of a column; everything else is held against what is printed. `[...]`
stands for any lines, a command without printed lines may print what it likes, and only one whose printed lines have an
error may fail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pexpect

CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY_LINES = "[...]"
ERROR = "stratus: "
STATUS = re.compile(r"<status (\d+)>\r\n")
LEAVE_CONSOLE = "\x1d"  # what ends `stratus console`
# What is another thing every time: the machine's name, identifiers, ages, dates, times, addresses, numbers.
_VARIABLE = re.compile(r"\b(?:lt-island|vm|[A-Za-z0-9_-]{26,44}|[0-9a-f]{32,}|(?:\d+[dhms])+)\b|\d+(?:[.:/-]\d+)*")


@dataclass(frozen=True)
class Typed:
    """One command line of a document, and what it printed when the document was written."""

    place: str
    line: str
    printed: tuple[str, ...]

    @property
    def may_fail(self) -> bool:
        """Whether an error is what the reader is to see."""
        return self.printed[:1] != () and self.printed[0].startswith(ERROR)


def typed(page: Path) -> Iterator[Typed]:
    """The command lines of a document, in its order. A backslash at the end goes on in the next line."""
    text = page.read_text("utf-8")
    for block in CONSOLE.finditer(text):
        number = text.count("\n", 0, block.start()) + 2
        command, place, printed = "", "", []
        for line in block[1].splitlines():
            if line.startswith("$ "):
                if command:
                    yield Typed(place, command, tuple(printed))
                command, place, printed = line[2:], f"{page.name}:{number}", []
            elif command.endswith("\\") and not printed:
                command += f"\n{line.removeprefix('> ')}"
            else:
                printed.append(line)
            number += 1
        if command:
            yield Typed(place, command, tuple(printed))


class Shell:
    """A shell on a terminal of 120 columns."""

    def __init__(self, argv: list[str], environ: dict[str, str], *, timeout_s: float = 100) -> None:
        quiet = {**environ, "PS1": "", "PS2": "", "TERM": "dumb"}
        told = {"timeout": timeout_s, "encoding": "utf-8", "dimensions": (50, 120)}
        self._child = pexpect.spawn(
            argv[0], [*argv[1:], "bash", "--norc", "--noediting"], env=quiet, echo=False, **told
        )
        self._child.sendline("PROMPT_COMMAND='echo \"<status $?>\"'")
        self._child.expect(STATUS)

    def type(self, step: Typed) -> None:
        """Type the line; what it prints and how it ends is held against the document."""
        self._child.sendline(step.line)
        if step.line.startswith("stratus console"):
            self._child.expect_exact("Escape character")
            self._child.send("\r")
            self._child.expect_exact(step.printed[-1])
            self._child.send(LEAVE_CONSOLE)
        self._child.expect(STATUS)
        said = str(self._child.before).replace("\r\n", "\n")
        match = self._child.match
        assert isinstance(match, re.Match)
        assert (match[1] == "0") != step.may_fail, f"{step.place}: {step.line}: status {match[1]}\n{said}"
        if step.printed and not step.line.startswith("stratus console"):
            assert matches(step.printed, said.splitlines()), f"{step.place}: {step.line}\n{said}"

    def close(self) -> None:
        """End the shell."""
        self._child.sendline("exit")
        self._child.expect(pexpect.EOF)
        self._child.close()


def matches(expected: tuple[str, ...], said: list[str]) -> bool:
    """Whether the lines are those that were expected, but for what is another thing every time."""
    whole = "".join("(?:.*\n)*" if line.strip() == ANY_LINES else f"{_pattern(line)}\n" for line in expected)
    text = "".join(f"{line.rstrip()}\n" for line in said)
    return re.fullmatch(whole, text) is not None


def _pattern(line: str) -> str:
    """A line as a pattern: blanks are as many as there are, what varies is anything of its kind."""
    pieces = []
    last = 0
    for found in _VARIABLE.finditer(line):
        pieces += [re.escape(line[last : found.start()]), r"[\w.:/-]+"]
        last = found.end()
    source = "".join((*pieces, re.escape(line[last:].rstrip())))
    return re.sub(r"(?:\\ )+", r" +", source)
