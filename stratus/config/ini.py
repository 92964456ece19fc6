"""Reading one INI file: its settings, each with its line."""

from collections.abc import Mapping
from pathlib import Path

from stratus.config.dialect import Setting, Walked, walk
from stratus.errors import ConfigError
from stratus.model.values import dataclass

__all__ = ["IniFile", "Setting", "parse", "read_ini", "read_text"]


@dataclass(frozen=True)
class IniFile:
    """One file: its settings in order, and the names of its sections."""

    path: Path
    settings: tuple[Setting, ...] = ()
    sections: tuple[str, ...] = ()


def read_ini(path: Path) -> IniFile:
    """The file's settings; none if it does not exist. Raises ConfigError with file and line."""
    text = read_text(path)
    return IniFile(path) if text is None else parse(text, path)


def read_text(path: Path) -> str | None:
    """What is in the file, with the ends of its lines as they are; None if it does not exist. Raises ConfigError."""
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: this is not UTF-8", hint=f"iconv -f latin1 -t utf8 {path}") from error
    except ValueError as error:
        raise ConfigError(f"{str(path)!r} is no file name") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path}") from error


def parse(text: str, path: Path) -> IniFile:
    """The settings of a file's text. Raises ConfigError with file and line."""
    from configobj import ConfigObj, ConfigObjError  # only files need it, and it costs a tenth of a start

    walked = walk(text, path)
    try:
        parsed: Mapping[str, object] = ConfigObj(
            walked.lines, list_values=False, interpolation=False, raise_errors=True
        )
    except ConfigObjError as error:
        raise ConfigError(f"{path}:{getattr(error, 'line_number', 0)}: {error}") from error
    sections = tuple(name for name in parsed if isinstance(parsed[name], Mapping))
    return IniFile(path, tuple(_settings(parsed, walked)), sections)


def _settings(parsed: Mapping[str, object], walked: Walked) -> list[Setting]:
    places = {(each.section, each.key): each for each in walked.settings}
    found = []
    for name, content in parsed.items():
        inside = content.items() if isinstance(content, Mapping) else [(name, content)]
        section = name if isinstance(content, Mapping) else ""
        for key, value in inside:
            place = places[section, key]
            found.append(Setting(section, key, str(value), place.line, place.last, place.quoted))
    return found
