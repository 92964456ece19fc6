"""Setting and unsetting a key: in which file and section that is done, and what the file is afterwards."""

from collections.abc import Callable, Mapping
from pathlib import Path

from stratus.config.alias import ALIAS_SECTION
from stratus.config.change import with_value, without
from stratus.config.config import unknown_key
from stratus.config.dialect import Walked, walk
from stratus.config.ini import read_text
from stratus.config.keys import Key, known_keys
from stratus.config.load import DEFAULT_SECTION
from stratus.config.naming import variable_of
from stratus.config.problems import ERROR, Problem, problems_of
from stratus.config.sources import Sources
from stratus.config.store import rewrite
from stratus.config.wrong import FREE_SECTIONS, TYPES_SECTION
from stratus.errors import BadInput, ConfigError, NotFound, UsageError
from stratus.model.values import dataclass

_LONGEST_NAME = 200
SITE_MODE, USER_MODE = 0o644, 0o600
_SELECTED = "selected_section"
_FREE_HELPS = {
    TYPES_SECTION: "CPUS, RAM in MiB, SWAP in MiB; for example: 1, 1536, 1536",
    ALIAS_SECTION: "the words that it stands for; for example: describe --state running",
}
_HEADS = {
    False: "# The configuration of this cloud. stratuslab.cfg(5) has every key with its default.\n\n",
    True: f"# A user's configuration. stratuslab-user.cfg(5) has every key with its default.\n\n[{DEFAULT_SECTION}]\n",
}


@dataclass(frozen=True)
class Change:
    """One change of one key, not made yet: the file's text before and after."""

    path: Path
    section: str
    key: str
    before: str
    after: str
    new_mode: int
    again: Callable[[str], str]  # the same change to another text

    def make(self) -> bool:
        """Write it, on the text that the file has then; whether that was different. Raises as `rewrite` does."""
        return rewrite(self.path, self.again, new_mode=self.new_mode)


def setting(sources: Sources, name: str, value: str, *, user: bool | None = None, section: str = "") -> Change:
    """The change that sets a key. `user` chooses the file, which is else that of the key.

    Raises ConfigError for an unknown key or a broken file, BadInput for a value that the key cannot have."""
    key, is_user, path = _target(sources, name, user, section)
    before = read_text(path) or ""
    walked = walk(before, path)
    place = _section(sources, walked, key, name, is_user, section)

    def again(text: str) -> str:
        return with_value(_begun(text, path, is_user), path, section=place, key=name, value=value)

    if wrong := key.problem(value) if key.kind == "string" or "%" not in value else "":
        raise _refused(key, value, wrong)
    change = Change(path, place, name, before, again(before), USER_MODE if is_user else SITE_MODE, again)
    _check(sources, change)
    return change


def unsetting(sources: Sources, name: str, *, user: bool | None = None, section: str = "") -> Change:
    """The change that takes a key out of the file. Raises NotFound if it is not there, ConfigError as `setting`."""
    key, is_user, path = _target(sources, name, user, section)
    before = read_text(path) or ""
    walked = walk(before, path)
    place = _section(sources, walked, key, name, is_user, section)
    if not any((each.section, each.key) == (place, name) for each in walked.settings):
        raise NotFound(f"{name} is not set in [{place}] of {path}", hint=f"stratus config --show-origin {name}")

    def again(text: str) -> str:
        return without(text, path, section=place, key=name)

    return Change(path, place, name, before, again(before), USER_MODE if is_user else SITE_MODE, again)


def entering(sources: Sources, section: str, keys: Mapping[str, str]) -> Change:
    """The change that gives a section of the user's file these keys, and selects it. Raises as `setting`."""
    _expect_name(section)
    if not section or section in (DEFAULT_SECTION, *FREE_SECTIONS):
        raise BadInput(f"{section!r} cannot be the name of a cloud", hint="--name lab")
    path = file_of(sources, user=True)
    before = read_text(path) or ""

    def again(text: str) -> str:
        text = with_value(_begun(text, path, True), path, section=DEFAULT_SECTION, key=_SELECTED, value=section)
        for key, value in keys.items():
            text = with_value(text, path, section=section, key=key, value=value)
        return text

    change = Change(path, section, "endpoint", before, again(before), USER_MODE, again)
    _check(sources, change)
    return change


def file_of(sources: Sources, *, user: bool) -> Path:
    """The user's file, or the site's. Raises ConfigError for somebody without a home."""
    path = sources.user if user else sources.site
    if path is None:
        raise ConfigError("there is no home for a user's configuration", hint="set HOME, or: --site")
    return path


def head(*, user: bool) -> str:
    """What a new file begins with."""
    return _HEADS[user]


def _expect_name(word: str) -> None:
    if not word.isprintable() or word != word.strip() or len(word) > _LONGEST_NAME:
        raise BadInput(
            f"{word[:_LONGEST_NAME]!r} is no name", hint="letters, digits, and signs but brackets and quotes"
        )


def _target(sources: Sources, name: str, user: bool | None, section: str) -> tuple[Key, bool, Path]:
    _expect_name(section)
    if section in FREE_SECTIONS:
        _expect_name(name)
        key = Key(name, section, "string", "", _FREE_HELPS[section])
        is_user = user is not False
    elif name in known_keys():
        key = known_keys()[name]
        is_user = key.user if user is None else user
    else:
        raise unknown_key(name)
    return key, is_user, file_of(sources, user=is_user)


def _section(sources: Sources, walked: Walked, key: Key, name: str, is_user: bool, asked: str) -> str:
    there = [each.section for each in walked.settings if each.key == name and each.section not in FREE_SECTIONS]
    if key.section in FREE_SECTIONS:
        return key.section
    if is_user:
        return asked or _users_section(sources, walked, key, there)
    # Names of sections mean nothing in the site's file: the last line that sets the key counts, wherever it is.
    place = there[-1] if there else key.section
    if asked and asked != place:
        raise UsageError(f"{name} belongs in [{place}], not in [{asked}]", hint=f"leave -s out, or: -s {place}")
    return place


def _users_section(sources: Sources, walked: Walked, key: Key, there: list[str]) -> str:
    """The section where a value of the user's would count: the selected one, before [default]."""
    if key.name == _SELECTED:
        return DEFAULT_SECTION
    in_file = (e.value for e in reversed(walked.settings) if (e.section, e.key) == (DEFAULT_SECTION, _SELECTED))
    named = sources.overrides.get(_SELECTED) or sources.environ.get(variable_of(_SELECTED))
    selected = named or next(in_file, "")
    if named and named not in walked.headers:
        raise ConfigError(
            f"{sources.user}: there is no section [{named}]", hint=f"to begin it: stratus config -s {named} KEY VALUE"
        )
    if selected and (selected in there or (key.user and key.section != DEFAULT_SECTION)):
        return selected
    return DEFAULT_SECTION


def _begun(text: str, path: Path, is_user: bool) -> str:
    """The text of a file that can be added to: a new one has its head, a user's has its [default]."""
    if not text.strip():
        return text + head(user=is_user)
    if is_user and DEFAULT_SECTION not in walk(text, path).headers:
        return f"[{DEFAULT_SECTION}]\n\n{text}"
    return text


def _check(sources: Sources, change: Change) -> None:
    """Refuse a change that makes something wrong that was not wrong before."""
    known = {(each.key, each.text) for each in _errors(sources, {})}
    for each in _errors(sources, {change.path: change.after}):
        if (each.key, each.text) not in known:
            raise BadInput(f"{each.key}: {each.text}" if each.key else each.text, hint=each.hint)


def _errors(sources: Sources, texts: dict[Path, str]) -> list[Problem]:
    return [each for each in problems_of(sources, texts=texts) if each.level == ERROR]


def _refused(key: Key, value: str, wrong: str) -> BadInput:
    shown = "its value" if key.secret or len(value) > 80 else repr(value)
    return BadInput(f"{key.name}: {shown} {wrong}", hint=key.help)
