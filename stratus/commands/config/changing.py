"""Setting and unsetting a key, or showing how the file would change."""

import shlex

from stratus import output
from stratus.commands.config.planning import show_plan
from stratus.commands.group import is_built_in
from stratus.commands.session import Session
from stratus.config import known_keys
from stratus.config.alias import ALIAS_SECTION
from stratus.config.diff import HIDDEN
from stratus.config.setting import Change, setting, unsetting
from stratus.config.sources import Sources
from stratus.config.wrong import FREE_SECTIONS
from stratus.errors import BadInput, ConfigError
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Asked:
    """What to change: the key, its new value (None: take it out), the file (None: the key's own) and the section."""

    name: str
    value: str | None
    user: bool | None = None
    section: str = ""


def change(session: Session, sources: Sources, asked: Asked, *, plan: bool, reveal: bool, format: str) -> int:
    """Make the change, or show it. Gives the exit status."""
    name = asked.name.lower()
    if asked.section == ALIAS_SECTION and asked.value is not None and is_built_in(name):
        raise BadInput(f"{name} is a command, and an alias cannot hide it", hint="choose another name")
    if asked.value is None:
        made = unsetting(sources, name, user=asked.user, section=asked.section)
    else:
        made = setting(sources, name, asked.value, user=asked.user, section=asked.section)
    if plan:
        verb = "unset" if asked.value is None else "set"
        title = f"{verb} {made.key} in [{made.section}]"
        show_plan(made.path, made.before, made.after, title=title, reveal=reveal, format=format)
        return 0
    changed = made.make()
    if format != "table":
        output.value(_told(made, asked.value, changed, reveal), format, lambda: None)
    _remark(session, sources, made, asked.value, changed)
    return 0


def _told(made: Change, value: str | None, changed: bool, reveal: bool) -> dict[str, object]:
    key = known_keys().get(made.key)
    shown = HIDDEN if value and key and key.secret and not reveal else value
    return {"file": str(made.path), "section": made.section, "key": made.key, "value": shown, "changed": changed}


def _remark(session: Session, sources: Sources, made: Change, value: str | None, changed: bool) -> None:
    """Say what was done, and what of it will not show."""
    where = output.clean(f"[{made.section}] of {made.path}")
    if changed:
        session.note(f"{made.key} {'is not set any more' if value is None else 'is set'} in {where}")
    else:
        session.note(f"{made.key} was so already in {where}")
    key = None if made.section in FREE_SECTIONS else known_keys().get(made.key)
    if key is None or value is None:
        return
    if key.accepted:
        session.warn(f"{made.key} has no effect: {key.accepted}")
    try:
        config = sources.load()
    except ConfigError as wrong:
        session.warn(f"warning: {output.clean(wrong.message)}")
        session.warn("  try: stratus config check")
        return
    origin = config.origin(made.key)
    if not origin.startswith(f"{made.path}:"):
        session.warn(f"warning: it does not count, because {output.clean(origin)} sets it too")
    elif config.text(made.key) != value and "%%" in value:
        doubled = "" if key.secret else f": {shlex.quote(output.clean(config.text(made.key)))}"
        session.warn(f"%% in it is read as one %{doubled}")
