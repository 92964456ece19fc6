"""The dispatcher: resident, as the cloud administrator, of this very program and not of an older one."""

import shlex

from stratus.config import REFERENCE_DIR
from stratus.install.deeds import Deed, Launch, Stop, Unit, program_of, settings_of
from stratus.install.facts import Facts, Wish
from stratus.model.paths import DISPATCHER_PID_FILE, DISPATCHER_UNIT


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Start it, or start it afresh when it runs another program than this."""
    if not wish.frontend:
        return ()
    if facts.systemd:
        return _unit(facts, wish)
    running = facts.daemons.get("dispatcher")
    wanted = (shlex.join(program_of(wish.dispatcher)), settings_of(wish.dispatcher))
    same = running is not None and (running.command, running.settings) == wanted
    if running and same and not running.is_older_than(facts.code_changed_s):
        return ()
    start = Launch(
        "dispatcher",
        wish.dispatcher,
        pid_file=DISPATCHER_PID_FILE,
        log=wish.front_end.dispatcher_log,
        account=(wish.admin, wish.admin_group),
    )
    return (Stop("dispatcher", running.pid), start) if running else (start,)


def _unit(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    template = (REFERENCE_DIR / DISPATCHER_UNIT).read_text("utf-8")
    text = template.replace("{user}", wish.admin).replace("{command}", shlex.join(wish.dispatcher))
    unit = Unit(DISPATCHER_UNIT, text)
    found = facts.files.get(unit.path)
    running = facts.daemons.get("dispatcher")
    same = found is not None and found.text == text and DISPATCHER_UNIT in facts.active_units
    return () if same and not (running and running.is_older_than(facts.code_changed_s)) else (unit,)
