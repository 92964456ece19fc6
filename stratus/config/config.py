"""Config: the merged configuration, read by typed accessors; each value remembers where it was set."""

import re
from collections.abc import Mapping
from dataclasses import field

from stratus.config.keys import TRUE_WORDS, Key, known_keys
from stratus.errors import ConfigError
from stratus.model.nearest import nearest
from stratus.model.values import dataclass

# The reference files of StratusLab have x.x.x.x where an address was to be filled in.
_PLACEHOLDER = re.compile(r"(?=.*[xz])[\dxz]{1,3}(\.[\dxz]{1,3}){3}(\s*,\s*[\dxz]{1,3}(\.[\dxz]{1,3}){3})*")
_PERCENT = re.compile(r"%(?:%|\((\w+)\)s)")
_DEEPEST = 10
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Value:
    """One value as it was written, and where: a file with its line, a variable, "option" or "default"."""

    text: str
    origin: str
    literal: bool = False  # `%` means nothing in it


@dataclass(frozen=True)
class Config:
    """The configuration of one command. Accessors raise ConfigError for a key that is in no configspec."""

    values: Mapping[str, Value]
    types: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The value as it stands, `%(other_key)s` filled in and `%%` made `%`."""
        return self._filled(key, 0)

    def integer(self, key: str) -> int:
        """The value of a key of type integer."""
        return int(self.text(key))

    def number(self, key: str) -> float:
        """The value of a key of type float or integer."""
        return float(self.text(key))

    def flag(self, key: str) -> bool:
        """The value of a key of type boolean."""
        return self.text(key).strip().lower() in TRUE_WORDS

    def words(self, key: str) -> tuple[str, ...]:
        """The value as a list: commas, blanks and line ends separate."""
        return tuple(re.split(r"[\s,]+", self.text(key).strip(" \t\n,"))) if self.text(key).strip(" \t\n,") else ()

    def get(self, key: str) -> str | int | float | bool:
        """The value in the type that the configspec gives it."""
        kind = self._key(key).kind
        if kind == "boolean":
            return self.flag(key)
        if kind == "integer":
            return self.integer(key)
        return self.number(key) if kind == "float" else self.text(key)

    def is_set(self, key: str) -> bool:
        """Whether any layer sets it, be it to its default."""
        return self._key(key).name in self.values

    def origin(self, key: str) -> str:
        """Where the value was set: "default", FILE:LINE, a variable's name, "option"."""
        found = self.values.get(self._key(key).name)
        return found.origin if found else "default"

    def instance_types(self) -> Mapping[str, tuple[int, int, int]]:
        """The machine types that the configuration adds or changes: name to (CPU, RAM in MiB, swap in MiB)."""
        return self.types

    def keys_of_site(self) -> Mapping[str, str]:
        """Every key of stratuslab.cfg with its text; an address that was never filled in (x.x.x.x) is empty."""
        site = (key.name for key in known_keys().values() if not key.user)
        return {name: "" if _PLACEHOLDER.fullmatch(self.text(name).strip()) else self.text(name) for name in site}

    def _key(self, name: str) -> Key:
        known = known_keys()
        if name not in known:
            raise unknown_key(name)
        return known[name]

    def _filled(self, name: str, depth: int) -> str:
        key = self._key(name)
        value = self.values.get(name) or Value(key.default, "default")
        if value.literal or "%" not in value.text:
            return value.text
        if depth > _DEEPEST:
            raise ConfigError(f"{value.origin}: {name} refers to itself through %(...)s")

        def replacement(match: re.Match[str]) -> str:
            other = match[1]
            if other is None:
                return "%"
            text = self._filled(other, depth + 1) if other in known_keys() else match[0]
            room.append(room.pop() - len(text))
            if room[0] < 0:
                raise ConfigError(f"{value.origin}: {name} becomes too long through %(...)s")
            return text

        room = [_LONGEST]
        return _PERCENT.sub(replacement, value.text)


def unknown_key(name: str, *, where: str = "", section: str = "") -> ConfigError:
    """The error for a key that no configspec has, with the nearest one that there is."""
    near = nearest(name, known_keys())
    place = f"{where}: " if where else ""
    inside = f" in [{section}]" if section else ""
    hint = f"did you mean {near}?" if near else ""
    return ConfigError(f"{place}there is no configuration key {name}{inside}", hint=hint)
