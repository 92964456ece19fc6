"""The node's own sshd: on the loopback, for the front end's key alone, which starts the agent and nothing else.

The machine's own sshd, its keys and root's authorized_keys are never touched."""

import re

from stratus.config import REFERENCE_DIR
from stratus.errors import Conflict
from stratus.install.deeds import ROOT, Deed, Folder, Launch, Run, Stop, Unit, Write
from stratus.install.facts import SSHD_PID_FILE, SSHD_UNIT, Facts, Wish
from stratus.install.steps.folders import is_so
from stratus.install.steps.key import make_pair

# sshd changes root into this one before a login; without systemd nobody makes it at boot.
PRIVILEGE_SEPARATION = Folder("/run/sshd", 0o755)
_PORTS_TRIED = 100


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Its host key, its files, and the daemon itself, started afresh when its configuration is newer."""
    if not wish.node or wish.node_link != "ssh":
        return ()
    deeds: list[Deed] = list(make_pair(facts, wish.host_key, account=ROOT, comment=f"stratus node {wish.node_name}"))
    fresh_key = bool(deeds)
    config = Write(wish.sshd_config, configuration(facts, wish))
    line = wish.authorized_line or "(the front end's key, when it is made)"
    keys = Write(f"{wish.sshd_dir}/authorized_keys", f"{line}\n")
    deeds += [file for file in (config, keys) if not _is_written(facts, file)]
    return (*deeds, *_daemon(facts, wish, restart=config in deeds or fresh_key))


def port_of(text: str) -> int | None:
    """The port that a configuration of ours names."""
    match = re.search(r"^Port (\d+)$", text, re.MULTILINE)
    return int(match[1]) if match else None


def configuration(facts: Facts, wish: Wish) -> str:
    """The text of its configuration; the port of the present one is kept unless somebody else took it meanwhile."""
    found = facts.files.get(wish.sshd_config)
    running = "sshd" in facts.daemons or SSHD_UNIT in facts.active_units
    present = port_of(found.text) if found else None
    port = present if present and (running or present not in facts.ports) else _free_port(facts, wish)
    template = (REFERENCE_DIR / "sshd_config").read_text("utf-8")
    values = {
        "port": str(port),
        "sshd_dir": wish.sshd_dir,
        "pid_file": SSHD_PID_FILE,
        # sshd refuses a locked account unless it asks PAM, which has no say in logins by key but works everywhere
        # only where the distribution set it up.
        "use_pam": "yes" if facts.root_locked else "no",
    }
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], template)


def _free_port(facts: Facts, wish: Wish) -> int:
    for port in range(wish.ssh_port, wish.ssh_port + _PORTS_TRIED):
        if port not in facts.ports:
            return port
    raise Conflict(f"the ports {wish.ssh_port} and up are all in use", hint="ss -ltnp")


def _is_written(facts: Facts, file: Write) -> bool:
    found = facts.files.get(file.path)
    return found is not None and found.text == file.text


def _daemon(facts: Facts, wish: Wish, *, restart: bool) -> tuple[Deed, ...]:
    if facts.systemd:
        unit = Unit(
            SSHD_UNIT, (REFERENCE_DIR / SSHD_UNIT).read_text("utf-8").replace("{sshd_config}", wish.sshd_config)
        )
        fresh = _is_written(facts, Write(unit.path, unit.text)) and SSHD_UNIT in facts.active_units
        return () if fresh and not restart else (unit,)
    running = facts.daemons.get("sshd")
    found = facts.files.get(wish.sshd_config)
    ours = running is not None and wish.sshd_config in running.command
    stale = running is not None and found is not None and running.is_older_than(found.changed_s)
    if ours and not restart and not stale:
        return ()
    start = (
        Run(("/usr/sbin/sshd", "-t", "-f", wish.sshd_config)),
        Launch("sshd", ("/usr/sbin/sshd", "-f", wish.sshd_config), pid_file=SSHD_PID_FILE, forks=True),
    )
    stop = (Stop("sshd", running.pid),) if running and ours else ()
    folder = () if is_so(facts, PRIVILEGE_SEPARATION) else (PRIVILEGE_SEPARATION,)
    return (*stop, *folder, *start)
