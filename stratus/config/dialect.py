"""StratusLab's INI dialect: which lines of a file are which setting.

The files were made for Python 2's ConfigParser: indented lines go on with the value above, a colon may stand for
the equals sign, the last of two equal keys counts, `#` inside a value is a character, ` ;` begins a comment.
configobj keeps comments and order when it writes, but reads none of that: `walk` says the same in its words. A value
in triple quotes, which is configobj's own way, stands exactly as it is written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stratus.errors import ConfigError

INLINE_COMMENT = re.compile(r"(?:^|\s);.*$")
_HEADER = re.compile(r"\[\s*([^\[\]'\"\s][^\[\]'\"]*)\]\s*([;#].*)?$")
_SEPARATOR = re.compile(r"[:=]")
_QUOTES = ("'''", '"""')


@dataclass(frozen=True)
class Setting:
    """One key as a file has it: its value, and the lines that are its own, counted from 1."""

    section: str  # "" before the first section
    key: str
    value: str
    line: int
    last: int
    quoted: bool = False


@dataclass
class Walked:
    """What a walk over the lines found. `lines` is the same text in configobj's dialect."""

    lines: list[str] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)  # in order; of two equal keys the last one counts
    headers: dict[str, int] = field(default_factory=dict)  # the line of each section's name


def walk(text: str, path: Path, complain: Callable[[ConfigError], None] | None = None) -> Walked:
    """The settings of `text`. What is wrong is handed to `complain` and left out; without it, it is raised."""
    walker = _Walker(path, complain or _raise)
    for number, line in enumerate(lines_of(text), start=1):
        walker.take(number, line)
    walker.close()
    return walker.found


def lines_of(text: str) -> list[str]:
    """The lines, without their ends. Only LF and CR LF end one: other line ends of Unicode may be in a value."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def quotes_for(value: str) -> str:
    """The triple quotes that can be around `value`; "" if it has both kinds in it."""
    return next((quotes for quotes in _QUOTES if quotes not in value and not value.endswith(quotes[0])), "")


def _raise(error: ConfigError) -> None:
    raise error


@dataclass
class _Walker:
    """The state of the walk: what is open, and where things were."""

    path: Path
    complain: Callable[[ConfigError], None]
    found: Walked = field(default_factory=Walked)
    section: str = ""
    key: str = ""
    value: list[str] = field(default_factory=list)
    first: int = 0
    last: int = 0
    # Blank and comment lines that may yet turn out to be inside a value.
    skipped: list[str] = field(default_factory=list)
    quotes: str = ""  # the triple quotes that the open value is in
    was_quoted: bool = False
    written: dict[tuple[str, str], range] = field(default_factory=dict)  # each key's place in found.lines

    def take(self, number: int, line: str) -> None:
        """One more line of the file."""
        if self.quotes:
            self._quoted(number, line)
        elif not line.strip() or line.lstrip()[0] in "#;":
            self.skipped.append("#" + line.lstrip() if line.lstrip()[:1] == ";" else line)
        elif line[0].isspace() and self.key:
            self.skipped.clear()
            self.value.append(line.strip())
            self.last = number
        elif header := _HEADER.match(line):
            self._header(number, header[1].strip())
        else:
            self._setting(number, line.lstrip())

    def close(self) -> None:
        """Write down the value that is still open, and what was skipped after it."""
        if self.quotes:
            self._wrong(self.first, f"{self.key} is never closed")
            self.quotes = ""
        if self.key:
            self._write("\n".join(self.value))
        self.found.lines += self.skipped
        self.key = ""
        self.skipped = []

    def _header(self, number: int, name: str) -> None:
        self.close()
        self.section = name
        if name in self.found.headers:
            self._wrong(number, f"[{name}] is already there, at line {self.found.headers[name]}")
            return
        self.found.headers[name] = number
        self.found.lines.append(f"[{name}]")

    def _setting(self, number: int, line: str) -> None:
        separator = _SEPARATOR.search(line)
        if not separator or not separator.start() or line[0] in "[#;'\"":
            self._wrong(number, f"this is neither `key = value` nor a `[section]`: {line[:60]}")
            return
        self.close()
        self.key = line[: separator.start()].rstrip().lower()
        value = line[separator.end() :].lstrip()
        self._forget()
        self.first = self.last = number
        self.quotes = value[:3] if value[:3] in _QUOTES else ""
        self.was_quoted = bool(self.quotes)
        self.value = []
        if self.quotes:
            self._quoted(number, value[3:])
        else:
            self.value.append(INLINE_COMMENT.sub("", value).rstrip())

    def _quoted(self, number: int, text: str) -> None:
        inside, closed, _ = text.partition(self.quotes)
        self.value.append(inside)
        self.last = number
        if closed:
            self.quotes = ""

    def _write(self, value: str) -> None:
        quotes = quotes_for(value)
        if not quotes:
            self._wrong(self.first, f"{self.key} has both kinds of triple quotes in it")
            return
        # In quotes always: configobj takes very long over many blanks that have none around them.
        lines = f"{self.key} = {quotes}{value}{quotes}".split("\n")
        begin = len(self.found.lines)
        self.written[self.section, self.key] = range(begin, begin + len(lines))
        self.found.lines += lines
        self.found.settings.append(Setting(self.section, self.key, value, self.first, self.last, self.was_quoted))

    def _forget(self) -> None:
        """Of two equal keys the last one counts: make the first one a comment, with the lines that belong to it."""
        for index in self.written.pop((self.section, self.key), ()):
            self.found.lines[index] = f"# {self.found.lines[index]}"

    def _wrong(self, number: int, text: str) -> None:
        self.complain(ConfigError(f"{self.path}:{number}: {text}"))
