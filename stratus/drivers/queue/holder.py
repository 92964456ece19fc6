"""Who has an element or a lease in hand, written so that other processes can tell whether that one still lives."""

import os
from pathlib import Path

from stratus.model.values import dataclass


@dataclass(frozen=True)
class Holder:
    """A process on a machine, and the token of its claim."""

    host: str
    boot: str  # the kernel's id of this boot: no process survives a boot
    pids: str  # the name space in which `pid` means something
    pid: int
    started: str  # in the kernel's ticks: another process may get the same number later
    token: str


def new_holder() -> Holder:
    """This process, with a new token."""
    pid = os.getpid()
    return Holder(
        host=os.uname().nodename,
        boot=_boot_id(),
        pids=_pid_space(),
        pid=pid,
        started=_started(pid) or "",
        token=os.urandom(8).hex(),
    )


def new_owner() -> str:
    """This process as the owner of a lease, in one word that nobody else uses."""
    holder = new_holder()
    return "/".join((holder.host, holder.boot, holder.pids, str(holder.pid), holder.started, holder.token))


def owner_has_ended(owner: str) -> bool:
    """True if it is certain that the process that called itself `owner` has ended."""
    words = owner.split("/")
    if len(words) != 6 or not words[3].isdecimal():
        return False
    host, boot, pids, pid, started, token = words
    return is_dead(Holder(host, boot, pids, int(pid), started, token))


def is_dead(holder: Holder) -> bool:
    """True if it is certain that the holder's process has ended. Of another machine, nothing is certain."""
    if holder.host != os.uname().nodename:
        return False
    if holder.boot != _boot_id():
        return True
    if holder.pids != _pid_space():
        return False
    return _started(holder.pid) not in (holder.started, "")


def _started(pid: int) -> str | None:
    """When the process began; None if there is none that runs; "" if it cannot be seen."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return "" if _is_hidden(pid) else None
    except OSError:  # it ended while we read
        return None
    if not fields or fields[0] in "ZX":  # killed, but its parent has not looked yet
        return None
    return fields[19]  # field 22 of proc(5), counted behind the name


def _is_hidden(pid: int) -> bool:
    """True where /proc does not show a process of somebody else (hidepid)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _pid_space() -> str:
    return os.readlink("/proc/self/ns/pid")
