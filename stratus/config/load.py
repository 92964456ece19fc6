"""Loading: find the files, lay the layers over each other, refuse what is unknown or of the wrong type."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from stratus.config.config import Config, Value, unknown_key
from stratus.config.ini import IniFile, Setting, read_ini
from stratus.config.keys import known_keys
from stratus.config.wrong import FREE_SECTIONS, TYPES_SECTION, amounts_of, wrong_reference, wrong_setting, wrong_value
from stratus.errors import ConfigError
from stratus.model.paths import DEFAULT_CONFIG_DIR

SITE_FILE = "stratuslab.cfg"
USER_FILE = ".stratuslab/stratuslab-user.cfg"
DEFAULT_SECTION = "default"


def load(
    *,
    config_dir: str | Path = DEFAULT_CONFIG_DIR,
    home: str | Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
    user_file: str | Path | None = None,
    site_file: str | Path | None = None,
) -> Config:
    """The configuration: defaults < config_dir < home < STRATUSLAB_* < overrides. `home` None: no user's file.

    `user_file` is read instead of the one in `home`, and must exist; any other missing file is an empty one.
    `site_file` is read instead of the one in `config_dir`.
    Raises ConfigError naming file, line and key."""
    site = read_ini(Path(site_file or Path(config_dir) / SITE_FILE))
    user = _user_file(home, user_file)
    config = layered(site, user, environ=environ or {}, overrides=overrides or {})
    for name in config.values:
        wrong = wrong_reference(config, name)
        if wrong:
            raise wrong
    return config


def layered(site: IniFile, user: IniFile, *, environ: Mapping[str, str], overrides: Mapping[str, str]) -> Config:
    """The layers laid over each other; what `%(key)s` comes to is not checked yet. Raises ConfigError."""
    variables = _from_environment(environ)
    options = {name: _checked(name, Value(text, "option", literal=True)) for name, text in overrides.items()}
    merged = _values(site, site.settings)
    merged |= _of_user(user, {**variables, **options})
    merged |= variables
    merged |= options
    return Config(merged, {**_types(site), **_types(user)})


def checked_option(name: str, text: str) -> tuple[str, str]:
    """A key and the value that an option gives it. Raises ConfigError, which names the nearest key."""
    return name, _checked(name, Value(text, "-c", literal=True)).text


def _user_file(home: str | Path | None, named: str | Path | None) -> IniFile:
    if named and not os.path.isfile(named):  # unlike Path's, it answers for any text
        raise ConfigError(f"there is no configuration file {named}", hint="stratus-copy-config")
    path = named or (Path(home) / USER_FILE if home else None)
    return read_ini(Path(path)) if path else IniFile(Path())


def _of_user(user: IniFile, above: Mapping[str, Value]) -> dict[str, Value]:
    """[default], then the selected section; the keys of the other sections are checked all the same."""
    if not user.sections and not user.settings:
        return _without_file(above)
    if DEFAULT_SECTION not in user.sections:
        raise ConfigError(f"{user.path}: there is no section [{DEFAULT_SECTION}]")
    by_section: dict[str, list[Setting]] = {name: [] for name in user.sections}
    for setting in user.settings:
        by_section.setdefault(setting.section, []).append(setting)
    layers = {name: _values(user, found) for name, found in by_section.items() if name not in FREE_SECTIONS}
    merged = dict(layers[DEFAULT_SECTION])
    selected = {**merged, **above}.get("selected_section")
    if selected is None or not selected.text:
        return merged
    if selected.text not in layers:
        others = ", ".join(name for name in layers if name not in ("", DEFAULT_SECTION)) or "none"
        raise ConfigError(
            f"{user.path}: there is no section [{selected.text}], which {selected.origin} selects",
            hint=f"its sections are: {others}",
        )
    return merged | layers[selected.text]


def _without_file(above: Mapping[str, Value]) -> dict[str, Value]:
    """Nothing; but who names a section on the command line means one that is there."""
    selected = above.get("selected_section")
    if selected and selected.text and selected.origin == "option":
        raise ConfigError(
            f"there is no section [{selected.text}], because there is no user configuration",
            hint="stratus-copy-config",
        )
    return {}


def _values(file: IniFile, settings: Iterable[Setting]) -> dict[str, Value]:
    return {
        setting.key: Value(setting.value, f"{file.path}:{setting.line}")
        for setting in _right(file, settings)
        if setting.section not in FREE_SECTIONS
    }


def _right(file: IniFile, settings: Iterable[Setting]) -> Iterator[Setting]:
    for setting in settings:
        wrong = wrong_setting(file.path, setting)
        if wrong:
            raise wrong
        yield setting


def _from_environment(environ: Mapping[str, str]) -> dict[str, Value]:
    """Variables of keys that exist; others that begin with STRATUSLAB_ may belong to somebody else."""
    if not any(name.startswith("STRATUSLAB_") for name in environ):
        return {}
    named = {key.variable: key.name for key in known_keys().values()}
    found = {named[name]: Value(text, name, literal=True) for name, text in environ.items() if name in named}
    return {name: _checked(name, value) for name, value in found.items()}


def _checked(name: str, value: Value) -> Value:
    if name not in known_keys():
        raise unknown_key(name, where=value.origin)
    wrong = wrong_value(name, value)
    if wrong:
        raise wrong
    return value


def _types(file: IniFile) -> dict[str, tuple[int, int, int]]:
    free = _right(file, (each for each in file.settings if each.section in FREE_SECTIONS))
    lines = {each.key: amounts_of(each.value) for each in free if each.section == TYPES_SECTION}
    return {name: amounts for name, amounts in lines.items() if amounts}
