"""Undoing on this machine what an entry of the journal tells of, as root."""

import contextlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.install import machine
from stratus.install.deeds import APT
from stratus.install.facts import GATE_UNIT
from stratus.install.gather import installed_now
from stratus.install.ground import Say
from stratus.install.journal import Made
from stratus.install.parsers import removed_packages

_LONG_S = 1800.0
_AGENT_ENDS_S = 3.0  # it may wait for orders that nobody gives any more
_CLEAR_S = 300.0
_GATE = ("gate", GATE_UNIT)
_SESSION = ("stratus.gate", "serve")  # of a user who came in
_VIRSH = ("virsh", "-c", "qemu:///system")
_DEPENDS_ALONE = ("-o", "APT::AutoRemove::RecommendsImportant=0", "-o", "APT::AutoRemove::SuggestsImportant=0")


def undo(entry: Made, state_dir: str, say: Say, *, agent: str) -> None:
    """Take it away. Raises CommandFailed, DeadlineExceeded."""
    match entry.kind:
        case "instances":
            _clear(entry.names, state_dir, agent)
        case "folder":
            _remove_folder(Path(entry.name), state=Path(state_dir))
        case "tree":
            shutil.rmtree(entry.name, ignore_errors=True)
        case "line":
            machine.take_line(entry.name, entry.names[0])
        case "file":
            Path(entry.name).unlink(missing_ok=True)
        case "daemon":
            _stop(entry)
            _end_sessions(entry)
        case "unit":
            with contextlib.suppress(CommandFailed):  # it may have been taken away by hand
                machine.run(("systemctl", "disable", "--now", entry.name))
            Path(entry.pid_file).unlink(missing_ok=True)
            machine.run(("systemctl", "daemon-reload"))
            _end_sessions(entry)
        case "packages":
            _purge(entry.names, say)
        case "effect":
            machine.run(entry.names)


def _clear(agents: tuple[str, ...], state_dir: str, agent: str) -> None:
    """The agent knows what it made: it ends the instances and takes the bridges away. Its like end before, if they are
    of this installation: then `agents` has the words of their command lines."""
    if agents:
        machine.wait_for_end(machine.processes(*agents), timeout_s=_AGENT_ENDS_S)
    argv = ("env", f"STRATUSLAB_STATE_DIR={state_dir}", agent, "clear")
    try:
        machine.run(argv, timeout_s=_CLEAR_S)
    except (CommandFailed, DeadlineExceeded) as error:
        raise type(error)(f"the agent does not clear this node: {error.message}", hint=" ".join(argv)) from error


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


def _end_sessions(entry: Made) -> None:
    """Of users who came in before the gate was shut: they would work on in a ledger that goes."""
    if entry.name in _GATE:
        machine.wait_for_end(machine.processes(*_SESSION), timeout_s=0.0)


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
