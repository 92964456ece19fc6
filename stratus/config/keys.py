"""The keys that a configuration may have, read from the configspecs in conf/: type, default, choices and help."""

import ast
import functools
import math
import re
from collections.abc import Mapping
from pathlib import Path

from stratus.config.naming import variable_of
from stratus.model.values import dataclass

REFERENCE_DIR = Path(__file__).parent / "reference"
SITE_SPEC = "stratuslab.cfg.spec"
USER_SPEC = "stratuslab-user.cfg.spec"
TRUE_WORDS = frozenset(("true", "yes", "on", "1"))
FALSE_WORDS = frozenset(("false", "no", "off", "0", ""))
_PLAIN = ("string", "boolean", "option")
ACCEPTED = "Accepted: "  # how the help of a key without effect begins

# Their values have passwords in them, though their names do not say so.
_PASSWORDS_INSIDE = frozenset(("endpoints", "rest_endpoints"))
# What no file can carry, or what a terminal would obey: C0 and C1 controls but the tab and LF, halves of characters.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_SECTION_OR_KEY = re.compile(r"((?:^# .*\n)*)^(?:\[([^\]\n]+)\]|(\w+) = (\w+)\((.*)\))$", re.MULTILINE)


@dataclass(frozen=True)
class Key:
    """One key: the words that it accepts, and what it is for. Its name is unique over all files and sections."""

    name: str
    section: str
    kind: str  # string | integer | float | boolean | option, or one of model.site_values.KINDS
    default: str
    help: str
    user: bool = False  # a key of stratuslab-user.cfg
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def secret(self) -> bool:
        """Whether its value is not for everybody's eyes."""
        return "password" in self.name or self.name in _PASSWORDS_INSIDE

    @property
    def accepted(self) -> str:
        """Of a key that has no effect: what took its place. "" of a key that has one."""
        return self.help.rpartition("; ")[2] if self.help.startswith(ACCEPTED) else ""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return variable_of(self.name)

    def problem(self, text: str) -> str:
        """Why `text` is no value for this key; "" if it is one."""
        if found := _UNFIT.search(text):
            return "is not UTF-8" if found[0] >= "\ud800" else "has a control character in it"
        if self.kind == "boolean" and text.strip().lower() not in TRUE_WORDS | FALSE_WORDS:
            return "is neither true nor false"
        if self.kind == "option" and text not in self.choices:
            return f"is none of: {', '.join(self.choices)}"
        if self.kind in ("integer", "float"):
            return self._number_problem(text)
        return "" if self.kind in _PLAIN else _site_problem(self.kind, text)

    def _number_problem(self, text: str) -> str:
        try:
            number = int(text) if self.kind == "integer" else float(text)
        except ValueError:
            return "is not a whole number" if self.kind == "integer" else "is not a number"
        if isinstance(number, float) and not math.isfinite(number):
            return "is not a number"
        if self.low is not None and number < self.low:
            return f"is less than {self.low:g}"
        if self.high is not None and number > self.high:
            return f"is more than {self.high:g}"
        return ""


def _site_problem(kind: str, text: str) -> str:
    from stratus.model.site_values import KINDS  # its import would cost every start, also of those who set none

    try:
        KINDS[kind](text)
    except ValueError as wrong:
        return str(wrong)
    return ""


@functools.cache
def known_keys() -> Mapping[str, Key]:
    """Every key by its name, in the order of the reference files."""
    site = _read_spec(REFERENCE_DIR / SITE_SPEC, user=False)
    return {key.name: key for key in (*site, *_read_spec(REFERENCE_DIR / USER_SPEC, user=True))}


def _read_spec(path: Path, *, user: bool) -> list[Key]:
    keys = []
    section = ""
    for match in _SECTION_OR_KEY.finditer(path.read_text("utf-8")):
        comment, header, name, kind, arguments = match.groups()
        if header:
            section = header
        else:
            text = " ".join(line[2:] for line in comment.splitlines())
            keys.append(_key(name, section, kind, arguments, text, user))
    return keys


def _key(name: str, section: str, kind: str, arguments: str, text: str, user: bool) -> Key:
    before, _, default = arguments.rpartition("default=")
    # A function call in a configspec is written with Python's literals.
    limits = ast.literal_eval(f"({before})") if before else ()
    value = default[1:-1] if default[:1] in "'\"" else default
    if kind == "option":
        return Key(name, section, kind, value, text, user, choices=tuple(limits))
    low, high = (*limits, None, None)[:2] if limits else (None, None)
    return Key(name, section, kind, value, text, user, low=low, high=high)
