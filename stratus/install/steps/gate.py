"""The gate: an sshd of the cloud's own for users, who come in with keys that the ledger has, and start the gate alone.

The machine's own sshd and its accounts' keys are never touched; no file is written when users come and go. What users
log in as is a second name of the administrator, because the ledger is the administrator's; sshd wants what it runs as
root to lie where nobody but root writes, which a checkout seldom does: hence a launcher in /etc."""

import re
import shlex

from stratus.config import REFERENCE_DIR
from stratus.errors import Conflict
from stratus.install.deeds import ROOT, Deed, Folder, Launch, Run, Stop, Unit, Write
from stratus.install.facts import GATE_PID_FILE, GATE_UNIT, Facts, Wish
from stratus.install.steps.folders import is_so
from stratus.install.steps.key import make_pair
from stratus.install.steps.sshd import PRIVILEGE_SEPARATION

LAUNCHER = """\
#!/bin/sh
# Starts the gate for its sshd, which wants this file to be root's. Written by `stratus install`.
export STRATUSLAB_CONFIG_DIR={config_dir}
exec {python} -I -m stratus.gate "$@"
"""


def plan(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Its account, host key and files, and the daemon, started afresh when its configuration changes; or its end.

    Raises Conflict where its account or port is somebody else's."""
    if not wish.frontend:
        return ()
    if not wish.gate:
        return _end(facts, wish)
    folders = (Folder(wish.gate_dir, 0o755), Folder(_home(wish), 0o755))
    files = (
        Write(wish.gate_launcher, _launcher(wish), 0o755),
        Write(wish.gate_config, _configuration(facts, wish)),
    )
    deeds = [*(folder for folder in folders if not is_so(facts, folder)), *_account(facts, wish)]
    pair = make_pair(facts, wish.gate_host_key, account=ROOT, comment="gate of a stratus cloud")
    missing = [file for file in files if not _is_written(facts, file)]
    return (*deeds, *pair, *missing, *_daemon(facts, wish, restart=bool(pair) or files[1] in missing))


def port_problem(facts: Facts, wish: Wish) -> str:
    """Why the gate cannot listen; "" if it can, or does."""
    ours = _runs(facts, wish) and (wish.gate_config in facts.files)
    if wish.gate_port in facts.ports and not (ours and _port_of(facts, wish) == wish.gate_port):
        return f"the port {wish.gate_port} is in use by somebody else"
    return ""


def account_problem(facts: Facts, wish: Wish) -> str:
    """Why users cannot log in as the account; "" if they can, or it will be made."""
    there, admin = facts.accounts.get(wish.gate_account), facts.accounts.get(wish.admin)
    if there and admin and there[0] != admin[0]:
        return f"the account {wish.gate_account} is somebody else's"
    return ""


def _account(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """A second name of the administrator's: its own home with nothing in it, and a password that none can be."""
    if problem := account_problem(facts, wish):
        raise Conflict(problem, hint="stratus config gate_account NAME, then: stratus install")
    if wish.gate_account in facts.accounts:
        return ()
    uid, gid = facts.accounts.get(wish.admin, (0, 0))
    # With "!" it would be locked, and sshd lets no locked account in.
    words = ("-M", "-N", "-d", _home(wish), "-s", "/bin/sh", "-p", "*", "-c", "users of the cloud")
    make = ("useradd", "-o", "-u", str(uid), "-g", str(gid), *words, wish.gate_account)
    # Forced, because processes of the administrator's seem to be its own.
    return (Run(make, undo=("userdel", "-f", wish.gate_account)),)


def _home(wish: Wish) -> str:
    return f"{wish.gate_dir}/home"


def _launcher(wish: Wish) -> str:
    values = {"config_dir": shlex.quote(wish.config_dir), "python": shlex.quote(wish.python)}
    return LAUNCHER.format(**values)


def _configuration(facts: Facts, wish: Wish) -> str:
    uid, _ = facts.accounts.get(wish.admin, (0, 0))
    values = {
        "port": str(wish.gate_port),
        "address": wish.gate_address or "0.0.0.0",
        "gate_dir": wish.gate_dir,
        "pid_file": GATE_PID_FILE,
        "account": wish.gate_account,
        "root": "forced-commands-only" if uid == 0 else "no",
        "launcher": wish.gate_launcher,
        "state_dir": wish.state_dir,
    }
    text = (REFERENCE_DIR / "gate_sshd_config").read_text("utf-8")
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)


def _port_of(facts: Facts, wish: Wish) -> int:
    match = re.search(r"^Port (\d+)$", facts.files[wish.gate_config].text, re.MULTILINE)
    return int(match[1]) if match else 0


def _is_written(facts: Facts, file: Write) -> bool:
    found = facts.files.get(file.path)
    return found is not None and (found.text, found.mode) == (file.text, file.mode)


def _runs(facts: Facts, wish: Wish) -> bool:
    if facts.systemd:
        return GATE_UNIT in facts.active_units
    running = facts.daemons.get("gate")
    return running is not None and wish.gate_config in running.command


def _daemon(facts: Facts, wish: Wish, *, restart: bool) -> tuple[Deed, ...]:
    unit = Unit(GATE_UNIT, (REFERENCE_DIR / GATE_UNIT).read_text("utf-8").replace("{gate_config}", wish.gate_config))
    same = not facts.systemd or _is_written(facts, Write(unit.path, unit.text))
    if _runs(facts, wish) and same and not restart:
        return ()
    if problem := port_problem(facts, wish):
        raise Conflict(problem, hint=f"ss -ltnp 'sport = {wish.gate_port}', or: stratus config gate_port PORT")
    if facts.systemd:
        return (unit,)
    running = facts.daemons.get("gate")
    folder = () if is_so(facts, PRIVILEGE_SEPARATION) else (PRIVILEGE_SEPARATION,)
    return (
        *((Stop("gate", running.pid),) if running and _runs(facts, wish) else ()),
        *folder,
        Run(("/usr/sbin/sshd", "-t", "-f", wish.gate_config)),
        Launch("gate", ("/usr/sbin/sshd", "-f", wish.gate_config), pid_file=GATE_PID_FILE, forks=True),
    )


def _end(facts: Facts, wish: Wish) -> tuple[Deed, ...]:
    """Nobody comes in any more; what is open goes on, and each request asks who may."""
    if not _runs(facts, wish):
        return ()
    if facts.systemd:
        return (Run(("systemctl", "disable", "--now", GATE_UNIT)),)
    return (Stop("gate", facts.daemons["gate"].pid),)
