"""StratusLab's INI dialect, read with configobj.

The files were made for Python 2's ConfigParser: indented lines go on with the value above, a colon may stand for
the equals sign, the last of two equal keys counts, `#` inside a value is a character, ` ;` begins a comment.
configobj keeps comments and order when it writes, but reads none of that; `prepared` says the same in its words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stratus.errors import ConfigError

_HEADER = re.compile(r"\[([^\[\]]+)\]\s*$")
_SETTING = re.compile(r"([^\s:=\[#;][^:=]*?)\s*[:=]\s*(.*)$")
_INLINE_COMMENT = re.compile(r"(?:^|\s);.*$")


@dataclass(frozen=True)
class Setting:
    """One key as a file has it."""

    section: str  # "" before the first section
    key: str
    value: str
    line: int


@dataclass(frozen=True)
class IniFile:
    """One file: its settings in order, and the names of its sections."""

    path: Path
    settings: tuple[Setting, ...] = ()
    sections: tuple[str, ...] = ()


def read_ini(path: Path) -> IniFile:
    """The file's settings; none if it does not exist. Raises ConfigError with file and line."""
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return IniFile(path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint=f"ls -l {path}") from error
    from configobj import ConfigObj, ConfigObjError  # only files need it, and it costs a tenth of a start

    lines, places = prepared(text, path)
    try:
        parsed: Mapping[str, object] = ConfigObj(lines, list_values=False, interpolation=False, raise_errors=True)
    except ConfigObjError as error:
        raise ConfigError(f"{path}:{getattr(error, 'line_number', 0)}: {error}") from error
    return IniFile(path, tuple(_settings(parsed, places)), tuple(name for name in parsed if _is_section(parsed, name)))


def prepared(text: str, path: Path) -> tuple[list[str], dict[tuple[str, str], int]]:
    """The same text in configobj's dialect, and the line of each (section, key). Raises ConfigError."""
    work = _Prepared(path)
    for number, line in enumerate(text.splitlines(), start=1):
        work.take(number, line)
    work.close()
    return work.lines, work.places


@dataclass
class _Prepared:
    """The state of the walk over the lines: what is open, and where things were."""

    path: Path
    lines: list[str] = field(default_factory=list)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    section: str = ""
    headers: dict[str, int] = field(default_factory=dict)
    key: str = ""
    value: list[str] = field(default_factory=list)
    skipped: list[str] = field(
        default_factory=list
    )  # blank and comment lines that may yet turn out to be inside a value
    quotes: str = ""  # the triple quotes that a value written by configobj is in

    def take(self, number: int, line: str) -> None:
        """One more line of the file."""
        if self.quotes:
            self._quoted(line)
        elif not line.strip() or line.lstrip()[0] in "#;":
            self.skipped.append("#" + line.lstrip() if line.lstrip()[:1] == ";" else line)
        elif line[0].isspace() and self.key:
            self.skipped.clear()
            self.value.append(line.strip())
        elif header := _HEADER.match(line):
            self._header(number, header[1].strip())
        elif setting := _SETTING.match(line.strip()):
            self._setting(number, setting[1].lower(), setting[2])
        else:
            raise ConfigError(
                f"{self.path}:{number}: this is neither `key = value` nor a `[section]`: {line.strip()[:60]}"
            )

    def close(self) -> None:
        """Write down the value that is still open, and what was skipped after it."""
        if self.quotes:
            raise ConfigError(f"{self.path}:{self.places[self.section, self.key]}: {self.key} is never closed")
        if self.key:
            self._write("\n".join(self.value))
        self.lines += self.skipped
        self.key = ""
        self.skipped = []

    def _header(self, number: int, name: str) -> None:
        self.close()
        if name in self.headers:
            raise ConfigError(f"{self.path}:{number}: [{name}] is already there, at line {self.headers[name]}")
        self.headers[name] = number
        self.section = name
        self.lines.append(f"[{name}]")

    def _setting(self, number: int, key: str, value: str) -> None:
        self.close()
        if (self.section, key) in self.places:
            self._forget(key)
        self.places[self.section, key] = number
        self.key = key
        self.quotes = value[:3] if value[:3] in ("'''", '"""') else ""
        if self.quotes:
            self.value = []
            self._quoted(value[3:])
        else:
            self.value = [_INLINE_COMMENT.sub("", value).rstrip()]

    def _quoted(self, text: str) -> None:
        inside, closed, _ = text.partition(self.quotes)
        self.value.append(inside)
        if closed:
            self.quotes = ""

    def _write(self, value: str) -> None:
        if not any(sign in value for sign in "#'\"\n"):
            self.lines.append(f"{self.key} = {value}")
            return
        quotes = "'''" if "'''" not in value and not value.endswith("'") else '"""'
        if quotes in value or value.endswith(quotes[0]):
            line = self.places[self.section, self.key]
            raise ConfigError(f"{self.path}:{line}: {self.key} has both kinds of triple quotes in it")
        self.lines += f"{self.key} = {quotes}{value}{quotes}".split("\n")

    def _forget(self, key: str) -> None:
        """Of two equal keys the last one counts: make the first one a comment, with the lines that belong to it."""
        begin = max(i for i, line in enumerate(self.lines) if line.startswith(f"{key} = "))
        opened = self.lines[begin].partition(" = ")[2][:3]
        end = begin
        if opened in ("'''", '"""') and self.lines[begin].count(opened) < 2:
            end = next(i for i in range(begin + 1, len(self.lines)) if opened in self.lines[i])
        for index in range(begin, end + 1):
            self.lines[index] = f"# {self.lines[index]}"


def _is_section(parsed: Mapping[str, object], name: str) -> bool:
    return isinstance(parsed[name], Mapping)


def _settings(parsed: Mapping[str, object], places: Mapping[tuple[str, str], int]) -> list[Setting]:
    found = []
    for name, content in parsed.items():
        inside = content.items() if isinstance(content, Mapping) else [(name, content)]
        section = name if isinstance(content, Mapping) else ""
        found += [Setting(section, key, str(value), places[section, key]) for key, value in inside]
    return found
