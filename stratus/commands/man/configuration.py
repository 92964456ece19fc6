"""stratuslab.cfg(5) and stratuslab-user.cfg(5): every key with its type, default and help, from the configspecs."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from stratus.commands.man import mdoc
from stratus.config import Key, known_keys

_SYNTAX = (
    "An INI file: sections in square brackets, lines `key = value` (or `key: value`), comments that begin with `#` or "
    "`;`. A line that begins with a blank goes on with the value above, a blank and `;` begin a comment behind a "
    "value, and `%(key)s` stands for the value of another key. A key that is not listed here, or a value of the wrong "
    "type, is refused with its file and line."
)
_PRECEDENCE = (
    "A value is looked for in this order, the last one wins: the default, stratuslab.cfg, the user's file (first its "
    "section [default], then the selected one), the environment variable STRATUSLAB_ and the key in capitals, the "
    "option `-c key=value`."
)
_IN_FORCE_BEFORE = (
    "The files are StratusLab's own, so that those of an existing site are understood. A help that begins with "
    "`Accepted:` belongs to a key that is read and checked but has no effect, and says what took its place. The others:"
)
_TYPES = "Lines `name = CPUS, RAM in MiB, SWAP in MiB`; they add machine types, or change those of `run --list-types`."
_ALIASES = (
    "Lines `name = words`: `stratus NAME` stands for `stratus` and these words, which are taken apart as a shell does "
    "and never given to one. An alias hides neither a command nor a program called stratus-NAME in PATH."
)
IN_FORCE: tuple[str, ...] = tuple(key.name for key in known_keys().values() if not key.accepted)


def site_page(date: str) -> str:
    """stratuslab.cfg(5)."""
    keys = [key for key in known_keys().values() if not key.user]
    return _page("stratuslab.cfg", "the site's configuration", "/etc/stratuslab/stratuslab.cfg", keys, date)


def user_page(date: str) -> str:
    """stratuslab-user.cfg(5)."""
    keys = [key for key in known_keys().values() if key.user]
    return _page("stratuslab-user.cfg", "a user's configuration", "~/.stratuslab/stratuslab-user.cfg", keys, date)


def _page(name: str, about: str, path: str, keys: Sequence[Key], date: str) -> str:
    in_force = [key.name for key in keys if key.name in IN_FORCE]
    sections = [_section(title, tuple(group)) for title, group in groupby(keys, key=lambda key: key.section)]
    other = "stratuslab-user.cfg" if name == "stratuslab.cfg" else "stratuslab.cfg"
    return mdoc.page(
        name,
        "5",
        date,
        about,
        mdoc.section("SYNOPSIS", mdoc.macro("Pa", path)),
        mdoc.section("DESCRIPTION", mdoc.paragraphs((_SYNTAX, _PRECEDENCE))),
        mdoc.section("KEYS IN FORCE", mdoc.prose(_IN_FORCE_BEFORE), ".Pp", mdoc.prose(f"{', '.join(in_force)}.")),
        mdoc.section("KEYS", *sections, *_free_sections()),
        mdoc.see_also((("stratus", "1"), (other, "5"), ("stratus-install", "1"))),
    )


def _section(title: str, keys: Sequence[Key]) -> str:
    return f".Ss [{mdoc.escaped(title)}]\n{mdoc.tagged(_key(key) for key in keys)}"


def _free_sections() -> Iterator[str]:
    yield f".Ss [instance_types]\n{mdoc.prose(_TYPES)}"
    yield f".Ss [alias]\n{mdoc.prose(_ALIASES)}"


def _key(key: Key) -> tuple[str, str]:
    default = f" , default Ql {mdoc.argument(key.default)}" if key.default else ""
    return f".It Ic {mdoc.argument(key.name)} Pq {_kind(key)}{default}", mdoc.prose(key.help)


def _kind(key: Key) -> str:
    if key.choices:
        return mdoc.argument(" | ".join(key.choices))
    low, high = (f"{bound:g}" if bound is not None else "" for bound in (key.low, key.high))
    if low and high:
        return mdoc.argument(f"{key.kind} from {low} to {high}")
    return mdoc.argument(f"{key.kind}, at least {low}" if low else key.kind)
