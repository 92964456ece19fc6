"""The journal of an installation: what was made, in order, so that exactly that is taken away again."""

import dataclasses
import json
import shlex
from collections.abc import Callable
from pathlib import Path

from stratus.errors import BadInput
from stratus.install import machine
from stratus.install.deeds import Deed, Folder, Guarded, Launch, Line, Packages, Program, Run, Unit, Write, program_of
from stratus.install.facts import FileFact
from stratus.model.codec import decode, encode
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Made:
    """One thing that was made here and was not here before."""

    kind: str  # folder | tree | file | line | packages | daemon | unit | effect
    name: str  # a path, a daemon's or unit's name
    names: tuple[str, ...] = ()  # packages: all that came; effect: the command that takes it back; line: its mark
    pid_file: str = ""  # of a daemon
    program: str = ""  # a daemon's program, as its command line has it


@dataclass(frozen=True)
class Journal:
    """All that was made, oldest first."""

    made: tuple[Made, ...] = ()
    format: int = 1
    is_cleared: bool = False  # uninstalling has ended the instances already

    def with_made(self, *more: Made) -> "Journal":
        """The journal with these added; what is in it already is not repeated, packages are gathered in one entry."""
        entries = {(entry.kind, entry.name): entry for entry in self.made}
        for entry in more:
            before = entries.get((entry.kind, entry.name))
            if before and entry.kind == "packages":
                entry = dataclasses.replace(entry, names=tuple(dict.fromkeys((*before.names, *entry.names))))
            if not (before and entry.kind == "effect"):  # how it was at first is what counts
                entries[entry.kind, entry.name] = entry
        return dataclasses.replace(self, made=tuple(entries.values()), is_cleared=False)

    def without(self, entry: Made) -> "Journal":
        """The journal when that is gone."""
        return dataclasses.replace(self, made=tuple(each for each in self.made if each != entry))

    def cleared(self) -> "Journal":
        """The journal when the instances are gone."""
        return dataclasses.replace(self, is_cleared=True)


def load(path: str) -> Journal:
    """The journal; an empty one if there is none. Raises BadInput if it cannot be understood."""
    try:
        data = json.loads(Path(path).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return Journal()
    except ValueError as error:
        raise BadInput(f"{path} is no journal of an installation: {error}") from error
    return decode(Journal, data)


def save(journal: Journal, path: str) -> None:
    """Write it aside and rename, for everybody to read."""
    text = json.dumps(encode(journal), indent=1) + "\n"
    machine.write(path, text, mode=0o644, owner="root", group="root")


def what_it_makes(deed: Deed, there: Callable[[str], FileFact | None]) -> tuple[Made, ...]:
    """The things that a deed makes where they are not there yet; asked before it is done."""
    match deed:
        case Folder():
            return (_of_folder(deed, there),)
        case Write(path=path):
            return (Made("file", path),) if not there(path) else ()
        case Run(makes=paths, undo=undo):
            files = tuple(Made("file", path) for path in paths if not there(path))
            return (*files, Made("effect", " ".join(undo), undo)) if undo else files
        case Packages(names=names):
            return (Made("packages", "packages", names),)
        case Launch(name=name, pid_file=pid_file, argv=argv, log=log, forks=forks):
            logs = (Made("file", log),) if log != "/dev/null" and not there(log) else ()
            pid_files = () if forks else (Made("file", pid_file),)
            return (*logs, *pid_files, Made("daemon", name, pid_file=pid_file, program=program_of(argv)[0]))
        case Program(folder=folder):
            return (Made("tree", folder),)
        case Line(path=path, mark=mark):
            return (Made("line", path, (mark,)),)
        case Guarded(name=name, record=record, log=log, watchdog=watchdog):
            return (Made("file", record), Made("file", log), Made("effect", name, (*watchdog, "--now")))
        case Unit(name=name, path=path):
            return (Made("unit", name, pid_file=path),)
    return ()


def _of_folder(deed: Folder, there: Callable[[str], FileFact | None]) -> Made:
    """The folder; or, where it is there, its owner and mode as they were."""
    was = there(deed.path)
    if was is None:
        return Made("folder", deed.path)
    (command,) = Folder(deed.path, was.mode, was.owner, was.group).shown()
    return Made("effect", f"owner and mode of {deed.path}", tuple(shlex.split(command)))
