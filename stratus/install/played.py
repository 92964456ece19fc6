"""A machine that is only played: what is done to it becomes true of its facts, and nothing else happens."""

import dataclasses
import itertools
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from stratus.errors import CommandFailed, Conflict, DeadlineExceeded
from stratus.install.deeds import Deed, Enrol, Folder, Guarded, Launch, Packages, Run, Stop, Unit, Write, program_of
from stratus.install.deeds import settings_of as told_by_env
from stratus.install.facts import LIBVIRT_SOCKET, VIRTLOGD_SOCKET, DaemonFact, Facts, FileFact, Wish
from stratus.install.ground import Here, Say
from stratus.install.journal import Journal, Made, what_it_makes
from stratus.install.survey import Survey

_SOCKETS = {"virtlogd": VIRTLOGD_SOCKET, "libvirtd": LIBVIRT_SOCKET}
_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"


@dataclass
class PlayedMachine:
    """Implements `Ground`. It has no network that an interface could be moved in: nobody ever answers there."""

    here: Here
    known: Facts
    surveyed: Survey
    breaks: str = ""  # what cannot be done: a part of its command line
    journals: dict[str, Journal] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(101))

    def monotonic(self) -> float:
        """As Ground.monotonic; nothing takes any time."""
        return 0.0

    def facts(self, wish: Wish, *, enrolled: Callable[[], bool]) -> Facts:
        """As Ground.facts."""
        return self.known

    def survey(self, wish: Wish) -> Survey:
        """As Ground.survey."""
        return self.surveyed

    def journal(self, path: str) -> Journal:
        """As Ground.journal."""
        return self.journals.get(path, Journal())

    def keep(self, journal: Journal | None, path: str) -> None:
        """As Ground.keep."""
        folder = path.rpartition("/")[0]
        if journal is None:
            self.journals.pop(path, None)
            return
        if folder not in self.known.files:
            journal = Journal((Made("folder", folder),)).with_made(*journal.made)
            self._put(folder, FileFact("folder", 0o711, "root", "root"))
        self.journals[path] = journal

    def makes(self, deed: Deed) -> tuple[Made, ...]:
        """As Ground.makes."""
        return what_it_makes(deed, self.known.files.get)

    def do(self, deed: Deed, wish: Wish, *, enroll: Callable[[], None]) -> None:
        """As Ground.do."""
        self._meet(deed.shown()[0])
        match deed:
            case Run(argv=argv):
                self._run(argv, deed.account)
            case Packages(names=names):
                self._know(installed=(*self.known.installed, *names), package_lists=True)
            case Folder(path=path, mode=mode, owner=owner, group=group):
                self._put(path, FileFact("folder", mode, owner, group))
            case Write(path=path, text=text, mode=mode, owner=owner, group=group):
                self._put(path, FileFact("file", mode, owner, group, text))
            case Launch():
                self._start(deed.name, deed.argv)
            case Stop(name=name):
                self._end(name)
            case Unit(name=name, path=path, text=text):
                self._put(path, FileFact("file", 0o644, "root", "root", text))
                self._know(active_units=(*self.known.active_units, name))
            case Enrol():
                enroll()
                self._know(enrolled=True)
            case Guarded():
                raise DeadlineExceeded(f"{deed.through} is played: nobody answers there")
            case _:
                raise CommandFailed(f"this cannot be played: {deed.shown()[0]}")

    def undo(self, entry: Made, state_dir: str, say: Say) -> None:
        """As Ground.undo."""
        self._meet(entry.name)
        match entry.kind:
            case "folder" | "tree":
                gone = [path for path in self.known.files if f"{path}/".startswith(f"{entry.name}/")]
                self._know(files={path: fact for path, fact in self.known.files.items() if path not in gone})
            case "file":
                self._know(files={path: fact for path, fact in self.known.files.items() if path != entry.name})
            case "packages":
                self._know(installed=tuple(name for name in self.known.installed if name not in entry.names))
            case "daemon":
                self._end(entry.name)
            case "unit":
                self._know(active_units=tuple(name for name in self.known.active_units if name != entry.name))
            case "effect":
                self._run(entry.names, ("root", "root"))
            case "instances":
                self._know(enrolled=False)

    def confirm(self) -> None:
        """As Ground.confirm; there never is one."""
        raise Conflict("no change of the network waits for a confirmation", hint="stratus install --plan")

    def _meet(self, line: str) -> None:
        if self.breaks and self.breaks in line:
            raise CommandFailed(f"`{line}` ended with status 100:\nE: it is broken")

    def _run(self, argv: tuple[str, ...], account: tuple[str, str]) -> None:
        """The few programs that leave something behind."""
        match argv:
            case ("ssh-keygen", *_, "-C", comment, "-f", path):
                self._put(path, FileFact("file", 0o600, *account))
                self._put(f"{path}.pub", FileFact("file", 0o644, *account, f"{_KEY} {comment}\n"))
            case ("useradd", "-o", "-u", uid, "-g", gid, *_, name):
                self._know(accounts={**self.known.accounts, name: (int(uid), int(gid))})
            case ("userdel", "-f", name):
                others = {other: numbers for other, numbers in self.known.accounts.items() if other != name}
                self._know(accounts=others)
            case ("chgrp", group, path):
                self._put(path, dataclasses.replace(self.known.files[path], group=group))
            case ("chmod", mode, path):
                self._put(path, dataclasses.replace(self.known.files[path], mode=int(mode, 8)))
            case ("systemctl", "enable", "--now", *units):
                sockets = (_SOCKETS[unit.removesuffix(".socket")] for unit in units)
                self._know(answers=(*self.known.answers, *sockets))

    def _start(self, name: str, argv: tuple[str, ...]) -> None:
        fact = DaemonFact(next(self.numbers), shlex.join(program_of(argv)), 0.0, told_by_env(argv))
        self._know(daemons={**self.known.daemons, name: fact})
        if name in _SOCKETS:
            self._know(answers=(*self.known.answers, _SOCKETS[name]))

    def _end(self, name: str) -> None:
        self._know(
            daemons={other: fact for other, fact in self.known.daemons.items() if other != name},
            answers=tuple(path for path in self.known.answers if path != _SOCKETS.get(name)),
        )

    def _put(self, path: str, fact: FileFact) -> None:
        self._know(files={**self.known.files, path: fact})

    def _know(self, **news: object) -> None:
        self.known = dataclasses.replace(self.known, **news)  # type: ignore[arg-type]
