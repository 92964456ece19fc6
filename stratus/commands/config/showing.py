"""Showing values: of one key, or of all of them beside their defaults."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from stratus import output
from stratus.commands.config import free
from stratus.config import Config, Key, known_keys
from stratus.config.config import unknown_key
from stratus.config.diff import HIDDEN
from stratus.config.ini import read_ini
from stratus.config.load import DEFAULT_SECTION
from stratus.config.sources import Sources
from stratus.config.wrong import FREE_SECTIONS
from stratus.errors import NotFound
from stratus.model.listing import Listing, Look, Row, arranged
from stratus.model.nearest import nearest

KEYS: Listing[Row] = Listing(
    {name: itemgetter(name) for name in ("section", "key", "value", "default", "origin", "accepted", "help")},
    usual=("section", "key", "value", "default"),
    name=itemgetter("key"),
    kept=("key", "value"),
)


def show_one(sources: Sources, name: str, section: str, *, format: str, origin: bool, reveal: bool) -> int:
    """Print one value. Gives the exit status."""
    if section in FREE_SECTIONS:
        return free.show_one(sources, section, name.lower(), format=format, origin=origin)
    key = known_keys().get(name.lower())
    if key is None:
        raise unknown_key(name)
    config = _in_section(sources, section, key)
    if format != "table":
        output.value(row(config, key, reveal=reveal), format, lambda: None)
        return 0
    text = _shown(config, key, reveal)
    if text == HIDDEN and not reveal:
        output.note(f"{key.name} is a secret; `stratus config --reveal {key.name}` shows it")
    head = f"{output.clean(config.origin(key.name))}\t" if origin else ""
    output.show(head + "\n".join(output.clean(line) for line in text.split("\n")))
    return 0


def show_all(sources: Sources, section: str, *, look: Look, origin: bool, reveal: bool) -> int:
    """Print every key, or those of a section, with its value and its default. Gives the exit status."""
    config = sources.load()
    rows = [row(config, key, reveal=reveal) for key in keys_of(section)]
    rows += [each for each in free.rows(config, sources.aliases()) if section in ("", each["section"])]
    kind = replace(KEYS, usual=(*KEYS.usual, "origin")) if origin else KEYS
    if look.format == "table" and not (look.columns or look.sort):
        _show_by_section(kind, arranged(kind, rows, look), look)
    else:
        output.listing(kind, rows, look)
    return 0


def _show_by_section(kind: Listing[Row], rows: Sequence[Row], look: Look) -> None:
    columns = tuple(name for name in kind.usual if name != "section")
    for number, name in enumerate(dict.fromkeys(str(each["section"]) for each in rows)):
        if number:
            output.show()
        output.show(f"[{output.clean(name)}]")
        output.listing(kind, [each for each in rows if each["section"] == name], replace(look, usual=columns))


def row(config: Config, key: Key, *, reveal: bool) -> Mapping[str, object]:
    """One key as a row."""
    text = _shown(config, key, reveal)
    return {
        "section": key.section,
        "key": key.name,
        "value": text if text == HIDDEN or key.kind in ("string", "option") else config.get(key.name),
        "default": key.default,
        "origin": config.origin(key.name),
        "accepted": key.accepted,
        "help": key.help,
    }


def keys_of(section: str) -> list[Key]:
    """The keys of a section of the reference files; of all of them for "". Raises NotFound."""
    keys = [key for key in known_keys().values() if section in ("", key.section)]
    if keys or section in FREE_SECTIONS:
        return keys
    names = dict.fromkeys((*(key.section for key in known_keys().values()), *FREE_SECTIONS))
    near = nearest(section, names)
    raise NotFound(
        f"there is no section [{section}]",
        hint=f"stratus config --keys -s {near}" if near else f"one of: {', '.join(names)}",
    )


def _shown(config: Config, key: Key, reveal: bool) -> str:
    text = config.text(key.name)
    return HIDDEN if key.secret and text and not reveal else text


def _in_section(sources: Sources, section: str, key: Key) -> Config:
    """The configuration; with that section of the user's file selected, if it has it."""
    if not section or section == key.section != DEFAULT_SECTION:
        return sources.load()
    user = sources.user
    if user and section != DEFAULT_SECTION and section in read_ini(user).sections:
        overrides = {**sources.overrides, "selected_section": section}
        return Sources(sources.environ, overrides, sources.user_file, sources.site_file).load()
    if section == DEFAULT_SECTION:
        overrides = {**sources.overrides, "selected_section": ""}
        return Sources(sources.environ, overrides, sources.user_file, sources.site_file).load()
    raise NotFound(f"{key.name} is in [{key.section}], not in [{section}]", hint=f"stratus config {key.name}")
