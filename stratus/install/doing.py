"""Doing on this machine what a step asks for."""

import dataclasses
from collections.abc import Callable, Sequence

from stratus.errors import CommandFailed
from stratus.install import journal as journals
from stratus.install import machine
from stratus.install.as_account import as_account
from stratus.install.deeds import (
    Deed,
    Enrol,
    Folder,
    Guarded,
    Launch,
    Line,
    Packages,
    Program,
    Run,
    Stop,
    Unit,
    Write,
)
from stratus.install.facts import Wish
from stratus.install.gather import installed_now
from stratus.install.guarded import carry_out_guarded
from stratus.install.parsers import coming_packages

_LONG_S = 1800.0


def do(deed: Deed, wish: Wish, enroll: Callable[[], None]) -> None:
    """Carry one deed out, as root. Raises CommandFailed, DeadlineExceeded."""
    match deed:
        case Run():
            machine.run(deed.argv, account=deed.account, timeout_s=deed.timeout_s)
        case Packages():
            _install_packages(deed, wish)
        case Folder():
            machine.make_folder(deed.path, mode=deed.mode, owner=deed.owner, group=deed.group)
        case Write():
            machine.write(deed.path, deed.text, mode=deed.mode, owner=deed.owner, group=deed.group)
        case Launch():
            _launch(deed)
        case Stop():
            machine.stop(deed.pid)
        case Unit():
            machine.write(deed.path, deed.text, mode=0o644, owner="root", group="root")
            for argv in deed.commands():
                machine.run(argv)
        case Program():
            machine.bring_program(deed.unpacked, deed.folder, deed.release)
        case Line():
            machine.put_line(deed.path, deed.line, deed.mark)
        case Guarded():
            carry_out_guarded(deed)
        case Enrol():
            as_account(deed.account[0], enroll)


def _install_packages(deed: Packages, wish: Wish) -> None:
    """Lists of packages grow old, and an installation may have been interrupted: both are mended, once."""
    before = set(installed_now())
    try:
        _bring(deed, wish)
    except CommandFailed:
        if deed.manager != "apt":
            raise
        machine.run(("dpkg", "--configure", "-a"), timeout_s=_LONG_S)
        _bring(dataclasses.replace(deed, refresh=True), wish)
    _record_packages([name for name in installed_now() if name not in before], wish)


def _bring(deed: Packages, wish: Wish) -> None:
    """What comes is recorded before it comes, so that an interruption leaves nothing that nobody knows of."""
    *refresh, install = deed.commands()
    for argv in refresh:
        machine.run(argv, timeout_s=_LONG_S)
    if deed.manager == "apt":
        _record_packages(coming_packages(machine.run((*install, "-s"), timeout_s=_LONG_S)), wish)
    machine.run(install, timeout_s=_LONG_S)


def _record_packages(names: Sequence[str], wish: Wish) -> None:
    entry = journals.Made("packages", "packages", tuple(names))
    journals.save(journals.load(wish.journal).with_made(entry), wish.journal)


def _launch(deed: Launch) -> None:
    if deed.forks:
        machine.run((*deed.argv,), account=deed.account)
        return
    pid = machine.launch(deed.argv, account=deed.account, log=deed.log)
    machine.write(deed.pid_file, f"{pid}\n", mode=0o644, owner="root", group="root")
    machine.watch_start(pid, deed.log)
