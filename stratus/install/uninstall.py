"""Uninstalling: what the journal says was made here is taken away, newest first, and nothing else."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.install import journal as journals
from stratus.install import machine
from stratus.install.deeds import APT
from stratus.install.facts import SSHD_UNIT
from stratus.install.gather import installed_now
from stratus.install.journal import Journal, Made
from stratus.install.parsers import removed_packages
from stratus.model.paths import DISPATCHER_UNIT
from stratus.model.values import dataclass

Say = Callable[[str], None]
_LONG_S = 1800.0
_DISPATCHERS = ("dispatcher", DISPATCHER_UNIT)
# What starts agents; the dispatcher has been struck from the journal by the time that they end.
_STARTERS = (*_DISPATCHERS, "sshd", SSHD_UNIT)
_AGENT = ("stratus.nodeagent", "ssh-entry")
_AGENT_ENDS_S = 3.0  # it may wait for orders that nobody gives any more
_INSTANCES = Made("instances", "of this node")
_VIRSH = ("virsh", "-c", "qemu:///system")
_DEPENDS_ALONE = ("-o", "APT::AutoRemove::RecommendsImportant=0", "-o", "APT::AutoRemove::SuggestsImportant=0")


@dataclass(frozen=True)
class Undoing:
    """One thing that is taken away, with the command lines that it amounts to."""

    what: str  # the kind of the journal's entry
    name: str
    deeds: tuple[str, ...]


def plan(journal_path: str, *, packages: bool) -> tuple[Undoing, ...]:
    """What uninstalling would take away, in order. Changes nothing."""
    journal = journals.load(journal_path)
    return tuple(_undoing(entry, journal_path) for entry in _in_order(journal, packages=packages))


def uninstall(journal_path: str, *, clear: Callable[[], None], say: Say, packages: bool = False) -> tuple[Undoing, ...]:
    """Undo the installation that `journal_path` tells of; gives what was undone, nothing if there was none. As root.

    `clear` ends the instances on this machine and takes the bridges away; it is called while libvirt still answers,
    but nobody gives orders any more. Packages go only with `packages`, and then only those that came with the
    installation and that nothing else needs by now. What is undone is struck from the journal, so that an interrupted
    one goes on."""
    journal = journals.load(journal_path)
    entries = _in_order(journal, packages=packages)
    for entry in entries:
        for line in _shown(entry, journal_path, in_full=False):
            say(line)
        if entry == _INSTANCES:
            if _are_ours(journal):  # the agents that run
                machine.wait_for_end(machine.processes(*_AGENT), timeout_s=_AGENT_ENDS_S)
            clear()
        else:
            _undo(entry, journal_path, say)
        journal = journal.cleared() if entry == _INSTANCES else journal.without(entry)
        if Path(journal_path).exists():
            journals.save(journal, journal_path)
    Path(journal_path).unlink(missing_ok=True)
    for entry in journal.made:
        say(f"{len(entry.names)} packages stay; --packages removes them")
    return tuple(_undoing(entry, journal_path) for entry in entries)


def _are_ours(journal: Journal) -> bool:
    """Whether the agents that run here do so for this installation: it has what starts them, or their program."""
    return any(entry.kind == "tree" or entry.name in _STARTERS for entry in journal.made)


def _in_order(journal: Journal, *, packages: bool) -> list[Made]:
    """Newest first, but that daemons end before their files go, and the folder with the journal goes last of all.

    The instances end after the dispatcher, and before anything that they need."""
    rank = {"folder": 0, "tree": 1, "packages": 2, "file": 3, "effect": 4, "unit": 5, "daemon": 6, "line": 7}
    made = [entry for entry in journal.made if packages or entry.kind != "packages"]
    entries = sorted(made, key=lambda entry: rank[entry.kind])[::-1]
    dispatchers = [entry for entry in entries if entry.name in _DISPATCHERS or entry.kind == "line"]
    instances = [_INSTANCES] if entries and not journal.is_cleared else []
    return [*dispatchers, *instances, *(entry for entry in entries if entry not in dispatchers)]


def _undoing(entry: Made, journal_path: str) -> Undoing:
    return Undoing(entry.kind, entry.name, _shown(entry, journal_path, in_full=True))


def _shown(entry: Made, journal_path: str, *, in_full: bool) -> tuple[str, ...]:
    match entry.kind:
        case "instances":
            return ("stratus-nodeagent clear    # ends the instances of this node, takes its networks away",)
        case "folder" if Path(entry.name).is_relative_to(Path(journal_path).parent):
            return (f"rm -r {entry.name}",)
        case "folder":
            return (f"rmdir {entry.name}    # if nothing else is in it",)
        case "tree":
            return (f"rm -r {entry.name}",)
        case "line":
            return (f"sed -i '\\,{entry.names[0]},d' {entry.name}",)
        case "file":
            return (f"rm -f {entry.name}",)
        case "daemon":
            return (f"stop {entry.name}",)
        case "unit":
            return (f"systemctl disable --now {entry.name}", f"rm -f {entry.pid_file}")
        case "packages":
            names = (
                " ".join(entry.names) if in_full else f"({len(entry.names)} packages that came with the installation)"
            )
            return (f"apt-get purge {names}",)
    return (" ".join(entry.names),)


def _undo(entry: Made, journal_path: str, say: Say) -> None:
    match entry.kind:
        case "folder":
            _remove_folder(Path(entry.name), state=Path(journal_path).parent)
        case "tree":
            shutil.rmtree(entry.name, ignore_errors=True)
        case "line":
            machine.take_line(entry.name, entry.names[0])
        case "file":
            Path(entry.name).unlink(missing_ok=True)
        case "daemon":
            _stop(entry)
        case "unit":
            with contextlib.suppress(CommandFailed):  # it may have been taken away by hand
                machine.run(("systemctl", "disable", "--now", entry.name))
            Path(entry.pid_file).unlink(missing_ok=True)
            machine.run(("systemctl", "daemon-reload"))
        case "packages":
            _purge(entry.names, say)
        case "effect":
            machine.run(entry.names)


def _remove_folder(folder: Path, *, state: Path) -> None:
    """The state directory goes with all that the cloud put there; others only when nothing foreign is in them."""
    if folder == state or folder.is_relative_to(state):
        if folder.exists():
            shutil.rmtree(folder)
        return
    with contextlib.suppress(OSError):
        folder.rmdir()


def _stop(entry: Made) -> None:
    """Only if the number still belongs to that program, and not to another one that came later."""
    found = machine.daemon_fact(entry.pid_file)
    if found and (Path(entry.program).name in found.command):
        if entry.name == "libvirtd":
            _end_libvirts_networks()
        machine.stop(found.pid)


def _end_libvirts_networks() -> None:
    """Those that libvirtd started when we started it, as Ubuntu's does with `default`; they would outlive it."""
    with contextlib.suppress(CommandFailed, DeadlineExceeded):
        if machine.run((*_VIRSH, "list", "--name")).strip():
            return  # somebody else's guests, which may be on them
        for name in machine.run((*_VIRSH, "net-list", "--name", "--autostart")).split():
            machine.run((*_VIRSH, "net-destroy", name))


def _purge(names: tuple[str, ...], say: Say) -> None:
    """Nothing that was not there before goes, but also nothing that somebody else has come to need since."""
    machine.run(("dpkg", "--configure", "-a"), timeout_s=_LONG_S)  # an earlier one may have been interrupted
    here = set(installed_now())
    there = [name for name in names if name in here]
    going = _needed_by_nobody(there) if there else ()
    others = set(removed_packages(machine.run((*APT, "-s", "purge", *going), timeout_s=_LONG_S))) - set(there)
    if others:
        say(f"the packages stay: {', '.join(sorted(others)[:5])} need some of them by now")
        return
    if going:
        machine.run((*APT, "purge", "-y", *going), timeout_s=_LONG_S)
    staying = [name for name in there if name not in going]
    if staying:
        say(f"these packages stay, because others need them or apt protects them: {' '.join(staying)}")


def _needed_by_nobody(names: Sequence[str]) -> tuple[str, ...]:
    """Those that apt would clear away if they had come as dependencies alone; asked on a copy of its notes."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder) / "extended_states"
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile("/var/lib/apt/extended_states", notes)
        on_copy = ("-o", f"Dir::State::extended_states={notes}")
        machine.run(("apt-mark", *on_copy, "auto", *names))
        text = machine.run((*APT, "-s", *on_copy, *_DEPENDS_ALONE, "--purge", "autoremove"), timeout_s=_LONG_S)
    return tuple(name for name in removed_packages(text) if name in names)
