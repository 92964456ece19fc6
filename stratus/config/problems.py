"""Everything that is wrong with a configuration, found in one pass instead of one at a time."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stratus.config.config import Config, Value, unknown_key
from stratus.config.dialect import Setting, Walked, walk
from stratus.config.ini import IniFile, read_text
from stratus.config.keys import known_keys
from stratus.config.load import DEFAULT_SECTION, layered
from stratus.config.sources import Sources
from stratus.config.wrong import FREE_SECTIONS, wrong_reference, wrong_setting, wrong_value
from stratus.errors import ConfigError
from stratus.model.nearest import nearest

ERROR, WARNING = "error", "warning"
# Variables that begin as those of keys do, and are none.
_OTHER_VARIABLES = ("STRATUSLAB_CONFIG_DIR",)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: an error ends every command, a warning does not."""

    level: str
    where: str  # FILE:LINE, FILE, a variable, "option"; "" for the whole
    key: str
    text: str
    hint: str = ""


@dataclass
class _Survey:
    """What has been found so far."""

    sources: Sources
    texts: Mapping[Path, str]
    found: list[Problem] = field(default_factory=list)

    def error(self, wrong: ConfigError, key: str = "") -> None:
        """Note an error, its place apart from its text."""
        files = "|".join(re.escape(str(path)) for path in (self.sources.site, self.sources.user) if path)
        place = re.match(rf"((?:{files})(?::\d+)?|option|STRATUSLAB_\w+): ", wrong.message)
        text = wrong.message[place.end() :] if place else wrong.message
        self.found.append(Problem(ERROR, place[1] if place else "", key, text.removeprefix(f"{key}: "), wrong.hint))

    def warn(self, where: str, key: str, text: str, hint: str = "") -> None:
        """Note a warning."""
        self.found.append(Problem(WARNING, where, key, text, hint))


def problems_of(
    sources: Sources,
    *,
    texts: Mapping[Path, str] | None = None,
    rules: Callable[[Config], Iterator[ConfigError]] | None = None,
) -> list[Problem]:
    """All problems of all layers. A file in `texts` counts as having that text; `rules` are held against the whole
    when every part is right."""
    survey = _Survey(sources, texts or {})
    site, user = _file(survey, sources.site, user=False), _file(survey, sources.user, user=True)
    _variables(survey)
    _options(survey)
    if not _has_errors(survey):
        _whole(survey, site, user, rules)
    return survey.found


def _file(survey: _Survey, path: Path | None, *, user: bool) -> IniFile:
    if path is None:
        return IniFile(Path())
    try:
        text = survey.texts[path] if path in survey.texts else read_text(path)
    except ConfigError as wrong:
        survey.error(wrong)
        return IniFile(path)
    if text is None:
        if user and survey.sources.user_file:
            survey.error(ConfigError(f"there is no configuration file {path}", hint="stratus-copy-config"))
        return IniFile(path)
    walked = walk(text, path, survey.error)
    _settings(survey, path, walked)
    _sections(survey, path, walked, user=user)
    _readers(survey, path, walked)
    return IniFile(path, tuple(walked.settings), tuple(walked.headers))


def _settings(survey: _Survey, path: Path, walked: Walked) -> None:
    seen: dict[tuple[str, str], int] = {}
    for each in walked.settings:
        wrong = wrong_setting(path, each)
        if wrong:
            survey.error(wrong, each.key)
        elif each.section not in FREE_SECTIONS:
            _without_effect(survey, path, each)
        earlier = seen.get((each.section, each.key))
        if earlier:
            survey.warn(f"{path}:{earlier}", each.key, f"is set again at line {each.line}, which counts")
        seen[each.section, each.key] = each.line


def _without_effect(survey: _Survey, path: Path, each: Setting) -> None:
    key = known_keys()[each.key]
    if key.accepted and each.value != key.default:
        survey.warn(f"{path}:{each.line}", each.key, f"has no effect: {key.accepted}")


def _sections(survey: _Survey, path: Path, walked: Walked, *, user: bool) -> None:
    if user:
        if (walked.headers or walked.settings) and DEFAULT_SECTION not in walked.headers:
            survey.error(ConfigError(f"{path}: there is no section [{DEFAULT_SECTION}]"))
        return
    known = dict.fromkeys((*(key.section for key in known_keys().values()), *FREE_SECTIONS), "")
    for name, line in walked.headers.items():
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean [{near}]?" if near else ""
            survey.warn(f"{path}:{line}", "", f"there is no section [{name}] in the reference", hint)


def _readers(survey: _Survey, path: Path, walked: Walked) -> None:
    """Warn of a password that everybody on the machine can read."""
    secrets = [each.key for each in walked.settings if _is_own_secret(each)]
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return
    if secrets and mode & stat.S_IROTH:
        named = ", ".join(dict.fromkeys(secrets))
        survey.warn(str(path), "", f"everybody on this machine can read it, and it has {named}", f"chmod o-rwx {path}")


def _is_own_secret(each: Setting) -> bool:
    key = known_keys().get(each.key)
    return key is not None and key.secret and each.value not in ("", key.default)


def _variables(survey: _Survey) -> None:
    named = {key.variable: key for key in known_keys().values()}
    for name, text in survey.sources.environ.items():
        if not name.startswith("STRATUSLAB_") or name in _OTHER_VARIABLES:
            continue
        if name in named:
            wrong = wrong_value(named[name].name, Value(text, name, literal=True))
            if wrong:
                survey.error(wrong, named[name].name)
        elif near := nearest(name, named):
            survey.warn(name, "", "no key has this variable", f"did you mean {near}?")


def _options(survey: _Survey) -> None:
    for name, text in survey.sources.overrides.items():
        value = Value(text, "option", literal=True)
        wrong = wrong_value(name, value) if name in known_keys() else unknown_key(name, where="option")
        if wrong:
            survey.error(wrong, name)


def _whole(
    survey: _Survey, site: IniFile, user: IniFile, rules: Callable[[Config], Iterator[ConfigError]] | None
) -> None:
    """What only shows when the layers lie over each other."""
    sources = survey.sources
    try:
        config = layered(site, user, environ=sources.environ, overrides=sources.overrides)
    except ConfigError as wrong:
        survey.error(wrong, "selected_section")
        return
    for name in config.values:
        wrong_one = wrong_reference(config, name)
        if wrong_one:
            survey.error(wrong_one, name)
    if rules and not _has_errors(survey):
        for broken in rules(config):
            survey.error(broken)


def _has_errors(survey: _Survey) -> bool:
    return any(each.level == ERROR for each in survey.found)
