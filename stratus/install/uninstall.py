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
from stratus.install.gather import installed_now
from stratus.install.journal import Made
from stratus.install.parsers import removed_packages
from stratus.model.paths import DISPATCHER_UNIT

Say = Callable[[str], None]
_LONG_S = 1800.0
_DISPATCHERS = ("dispatcher", DISPATCHER_UNIT)
_AGENT = ("stratus.nodeagent", "ssh-entry")
_AGENT_ENDS_S = 3.0  # it may wait for orders that nobody gives any more
_VIRSH = ("virsh", "-c", "qemu:///system")
_DEPENDS_ALONE = ("-o", "APT::AutoRemove::RecommendsImportant=0", "-o", "APT::AutoRemove::SuggestsImportant=0")


def uninstall(
    journal_path: str, *, clear: Callable[[], None], say: Say, plan_only: bool = False, packages: bool = False
) -> bool:
    """Undo the installation that `journal_path` tells of; gives whether there was one. As root.

    `clear` ends the instances on this machine and takes the bridges away; it is called while libvirt still answers,
    but nobody gives orders any more. Packages go only with `packages`, and then only those that came with the
    installation and that nothing else needs by now."""
    journal = journals.load(journal_path)
    if not journal.made:
        say("nothing was installed here")
        return False
    entries = [entry for entry in _in_order(journal.made) if packages or entry.kind != "packages"]
    dispatchers = [entry for entry in entries if entry.name in _DISPATCHERS]
    _take_away(dispatchers, journal_path, say, plan_only=plan_only)
    say("end the instances of this node and take its networks away")
    if not plan_only:
        if dispatchers:
            machine.wait_for_end(machine.processes(*_AGENT), timeout_s=_AGENT_ENDS_S)
        clear()
    _take_away([entry for entry in entries if entry not in dispatchers], journal_path, say, plan_only=plan_only)
    if not plan_only:
        Path(journal_path).unlink(missing_ok=True)
    for entry in journal.made:
        if entry.kind == "packages" and not packages:
            say(f"{len(entry.names)} packages stay; --packages removes them")
    return True


def _take_away(entries: Sequence[Made], journal_path: str, say: Say, *, plan_only: bool) -> None:
    for entry in entries:
        for line in _shown(entry, journal_path, in_full=plan_only):
            say(line)
        if not plan_only:
            _undo(entry, journal_path, say)


def _in_order(made: tuple[Made, ...]) -> list[Made]:
    """Newest first, but that daemons end before their files go, and the folder with the journal goes last of all."""
    rank = {"folder": 0, "packages": 1, "file": 2, "effect": 3, "unit": 4, "daemon": 5}
    return sorted(made, key=lambda entry: rank[entry.kind])[::-1]


def _shown(entry: Made, journal_path: str, *, in_full: bool) -> tuple[str, ...]:
    match entry.kind:
        case "folder" if Path(entry.name).is_relative_to(Path(journal_path).parent):
            return (f"rm -r {entry.name}",)
        case "folder":
            return (f"rmdir {entry.name}    # if nothing else is in it",)
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
    there = [name for name in names if name in set(installed_now())]
    going = _needed_by_nobody(there)
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
