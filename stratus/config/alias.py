"""Aliases: names that a user gives to command lines, in the section [alias] of a configuration file."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from stratus.config.dialect import walk
from stratus.config.ini import read_text
from stratus.errors import ConfigError
from stratus.model.values import dataclass

ALIAS_SECTION = "alias"
_NAME = re.compile(r"[^\s/-][^\s/]*")


@dataclass(frozen=True)
class Alias:
    """A name, what it stands for, and where that is written. `%` means nothing in it."""

    name: str
    text: str
    origin: str  # FILE:LINE

    @property
    def problem(self) -> str:
        """Why it cannot be used; "" if it can."""
        if not _NAME.fullmatch(self.name):
            return "no command can have this name"
        if self.text.startswith("!"):
            return "nothing goes through a shell; put a program called stratus-NAME in PATH instead"
        try:
            words = shlex.split(self.text)
        except ValueError as error:
            return f"its quotes do not close ({str(error)[0].lower()}{str(error)[1:]})"
        return "" if words else "it stands for nothing"

    def words(self) -> list[str]:
        """What it stands for, taken apart as a shell takes words apart. Raises ConfigError."""
        if wrong := self.wrong():
            raise wrong
        return shlex.split(self.text)

    def wrong(self) -> ConfigError | None:
        """The error for one that cannot be used."""
        if not self.problem:
            return None
        return ConfigError(
            f"{self.origin}: alias {self.name}: {self.problem}", hint=f"{self.name} = describe --state running"
        )


def aliases_in(*files: Path | None) -> Mapping[str, Alias]:
    """The aliases of the files, whose names are in small letters; the last file wins. Raises ConfigError."""
    found: dict[str, Alias] = {}
    for path in files:
        text = read_text(path) if path else None
        if path and text:
            settings = (each for each in walk(text, path).settings if each.section == ALIAS_SECTION)
            found |= {each.key: Alias(each.key, each.value, f"{path}:{each.line}") for each in settings}
    return found
