"""What is wrong with one setting: an unknown key, a value of the wrong type, a machine type that is none."""

import re
from pathlib import Path

from stratus.config.alias import ALIAS_SECTION, Alias
from stratus.config.config import Config, Value, unknown_key
from stratus.config.dialect import Setting
from stratus.config.keys import known_keys
from stratus.errors import ConfigError

TYPES_SECTION = "instance_types"
FREE_SECTIONS = (TYPES_SECTION, ALIAS_SECTION)  # whoever writes a line there chooses its name
_LONGEST_SHOWN = 80


def wrong_setting(path: Path, setting: Setting) -> ConfigError | None:
    """What is wrong with a line of a file, on its own: its key, or its value."""
    where = f"{path}:{setting.line}"
    if setting.section == TYPES_SECTION:
        return None if amounts_of(setting.value) else no_machine_type(where, setting)
    if setting.section == ALIAS_SECTION:
        return Alias(setting.key, setting.value, where).wrong()
    if setting.key not in known_keys():
        return unknown_key(setting.key, where=where, section=setting.section)
    return wrong_value(setting.key, Value(setting.value, where))


def wrong_value(name: str, value: Value) -> ConfigError | None:
    """What is wrong with a value, as far as it can be told before the layers are laid over each other."""
    key = known_keys()[name]
    problem = "" if _refers(value) and key.kind != "string" else key.problem(value.text)
    if not problem:
        return None
    shown = "its value" if key.secret else _shortened(value.text)
    return ConfigError(f"{value.origin}: {name}: {shown} {problem}", hint=key.help)


def wrong_reference(config: Config, name: str) -> ConfigError | None:
    """What is wrong with what a value with `%` in it comes to."""
    value = config.values[name]
    if not _refers(value):
        return None
    try:
        filled = config.text(name)
    except ConfigError as error:
        return error
    return wrong_value(name, Value(filled, value.origin, literal=True))


def amounts_of(text: str) -> tuple[int, int, int] | None:
    """CPUs, MiB of RAM and MiB of swap of a machine type; None if `text` is none."""
    match = re.fullmatch(r"\(?\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*,\s*([0-9]{1,9})\s*\)?", text.strip())
    cpu, ram, swap = (int(word) for word in match.groups()) if match else (0, 0, 0)
    return (cpu, ram, swap) if cpu and ram else None


def no_machine_type(where: str, setting: Setting) -> ConfigError:
    """The error for a line of [instance_types] that is not three numbers."""
    return ConfigError(
        f"{where}: {setting.key}: {_shortened(setting.value)} is no machine type",
        hint=f"{setting.key} = CPUS, RAM in MiB, SWAP in MiB; for example: 1, 1536, 1536",
    )


def _shortened(text: str) -> str:
    return repr(text) if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]!r} and so on"


def _refers(value: Value) -> bool:
    """Whether it has `%` in it, so that what it comes to is known only when all layers are there."""
    return "%" in value.text and not value.literal
