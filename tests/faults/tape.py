"""What a process did to its files, as the shim has written it down; and what a disk holds after a power cut.

The disk keeps only what was synced: of a file its content at the last fsync, of a folder its names at the last fsync of
the folder. What came later may be lost, or kept in part; a rename is kept whole or not at all.
"""

import functools
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

HEAD = struct.Struct("<cQQII")
MARK = ".mark-"  # a folder of this name is no change: it says that something was acknowledged
DEADLINE_S = 60.0
REPOSITORY = Path(__file__).parents[2]
Keep = Callable[[], float]  # how much of a change that was not synced is kept: 0 nothing, 1 all


def nothing() -> float:
    """The hardest cut: what was not synced is lost."""
    return 0.0


def everything() -> float:
    """What a kill -9 leaves."""
    return 1.0


@dataclass(frozen=True)
class Change:
    """One record: o(pen), w(rite), t(runcate), s(ync), r(ename), l(ink), u(nlink), m(ake a folder)."""

    kind: str
    a: int
    b: int
    one: bytes
    two: bytes


@dataclass
class _File:
    """Content as it surely is, and the writes since: (offset, data), or (size, None) for a truncation."""

    sure: bytes = b""
    since: list[tuple[int, bytes | None]] = field(default_factory=list)

    def sync(self) -> None:
        self.sure, self.since = self.content(everything), []

    def content(self, keep: Keep) -> bytes:
        held = bytearray(self.sure)
        for offset, data in self.since:
            part = keep()
            if data is None and part > 0.5:
                del held[offset:]
                held += bytes(offset - len(held))
            elif data is not None and part:
                kept = data[: round(len(data) * part)]
                held += bytes(max(0, offset - len(held)))
                held[offset : offset + len(kept)] = kept
        return bytes(held)


@dataclass
class _Folder:
    """Names as they surely are and as they are seen, and the changes since: names, and what they name then. A name that
    went to another folder goes only with a sync, so that a file that is renamed is never nowhere."""

    sure: dict[str, "_File | _Folder"] = field(default_factory=dict)
    seen: dict[str, "_File | _Folder"] = field(default_factory=dict)
    since: list[dict[str, "_File | _Folder | None"]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def set(self, **names: "_File | _Folder | None") -> None:
        self.since.append(names)
        _put(self.seen, names)

    def lose(self, name: str) -> None:
        self.gone.append(name)
        del self.seen[name]

    def sync(self) -> None:
        self.sure, self.since, self.gone = dict(self.seen), [], []

    def names(self, keep: Keep) -> dict[str, "_File | _Folder"]:
        if keep is everything:
            return self.seen
        held = dict(self.sure)
        for names in self.since:
            if keep() > 0.5:
                _put(held, names)
        return held


class Disk:
    """A folder's disk, as the changes of a tape go by. What is there at the beginning has been synced."""

    def __init__(self, before: Path, root: Path) -> None:
        """`before` is a copy of `root` as it was when the tape began."""
        self._root = str(root)
        self._tree = _read(before)
        self._open: dict[int, _File | _Folder] = {}
        self.marks: list[str] = []

    def follow(self, change: Change) -> None:
        """One more change."""
        name = "" if change.kind in "wts" else change.one.decode()
        if change.kind in "mu" and os.path.basename(name).startswith(MARK):
            self.marks += [os.path.basename(name).removeprefix(MARK)] * (change.kind == "m")
        elif change.kind in "wt":
            file = self._open[change.a]
            assert isinstance(file, _File)
            file.since.append((change.b, change.one if change.kind == "w" else None))
        elif change.kind == "s":
            self._open[change.a].sync()
        elif change.kind == "o":
            self._opened(name, change)
        else:
            self._renamed(change.kind, name, change.two.decode())

    def cut(self, target: Path, keep: Keep) -> None:
        """Write to `target` what the disk holds when the power is cut now; `keep` decides about what was not synced."""
        _write(self._tree, target, keep)

    def _opened(self, name: str, change: Change) -> None:
        folder, last = self._place(name)
        if change.b & 1:
            folder.set(**{last: _File()})
        thing = folder.seen[last] if last else folder
        if change.b & 2 and isinstance(thing, _File):
            thing.since.append((0, None))
        self._open[change.a] = thing

    def _renamed(self, kind: str, name: str, other: str) -> None:
        folder, last = self._place(name)
        if kind in "mu":
            folder.set(**{last: _Folder() if kind == "m" else None})
            return
        target, new = self._place(other)
        thing = folder.seen[last]
        if kind == "r" and target is folder:
            folder.set(**{last: None, new: thing})
        else:
            target.set(**{new: thing})
            if kind == "r":
                folder.lose(last)

    def _place(self, name: str) -> tuple[_Folder, str]:
        """The folder that a name is in, and its last part; the root itself has none."""
        *above, last = os.path.relpath(name, self._root).split("/")
        folder = self._tree
        for part in above:
            inner = folder.seen[part]
            assert isinstance(inner, _Folder)
            folder = inner
        return folder, "" if last == "." else last


def cuts(root: Path, script: str, *, chance: random.Random, partly: int) -> Iterator[tuple[str, list[str], Path]]:
    """Run a Python script whose files are below `root`, and cut the power at each of its changes.

    Gives what it is that was kept, what the script had acknowledged by then (`mark`), and a folder with what is left:
    at each change once with nothing but what was synced, and `partly` times with some of the rest, by `chance`."""
    before = root.with_name(f"{root.name}-before")
    shutil.copytree(root, before)
    changes = _record(root, script)
    disk = Disk(before, root)
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        for number, change in enumerate(changes):
            disk.follow(change)
            for attempt in range(1 + partly):
                target = Path(folder, "disk")
                disk.cut(target, partial(_some, chance) if attempt else nothing)
                yield f"change {number} ({change.kind} {change.one[:80]!r}), try {attempt}", list(disk.marks), target
                shutil.rmtree(target)
        disk.cut(Path(folder, "all"), everything)
        assert _contents(Path(folder, "all")) == _contents(root), "the tape does not tell all that happened"


def mark(root: Path, name: str) -> None:
    """Called by a script: `name` is acknowledged from now on."""
    os.mkdir(root / f"{MARK}{name}")
    os.rmdir(root / f"{MARK}{name}")


def shim_environment(root: Path, **more: str) -> dict[str, str]:
    """The environment of a process whose files below `root` are watched."""
    return {**os.environ, "LD_PRELOAD": str(_shim()), "SHIM_ROOT": str(root), **more}


@functools.cache
def _shim() -> Path:
    target = Path(tempfile.mkdtemp(prefix="shim-")) / "shim.so"
    source = Path(__file__).with_name("shim.c")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", str(target), str(source), "-ldl"], check=True)
    return target


def _record(root: Path, script: str) -> list[Change]:
    log = root.with_name(f"{root.name}.tape")
    environment = shim_environment(root, SHIM_LOG=str(log), PYTHONDONTWRITEBYTECODE="1")
    subprocess.run(
        [sys.executable, "-c", script, str(root)], env=environment, check=True, cwd=REPOSITORY, timeout=DEADLINE_S
    )
    tape, changes, at = log.read_bytes(), [], 0
    while at < len(tape):
        kind, a, b, one, two = HEAD.unpack_from(tape, at)
        at += HEAD.size
        changes.append(Change(kind.decode(), a, b, tape[at : at + one], tape[at + one : at + one + two]))
        at += one + two
    return changes


def _some(chance: random.Random) -> float:
    return chance.choice((0.0, 0.0, 1.0, 1.0, chance.random()))


def _put(held: dict[str, _File | _Folder], names: dict[str, _File | _Folder | None]) -> None:
    for name, what in names.items():
        if what is None:
            held.pop(name, None)
        else:
            held[name] = what


def _read(path: Path) -> _Folder:
    inside = {each.name: _read(each) if each.is_dir() else _File(each.read_bytes()) for each in path.iterdir()}
    return _Folder(inside, dict(inside))


def _write(folder: _Folder, target: Path, keep: Keep) -> None:
    target.mkdir()
    for name, thing in folder.names(keep).items():
        if isinstance(thing, _Folder):
            _write(thing, target / name, keep)
        else:
            (target / name).write_bytes(thing.content(keep))


def _contents(root: Path) -> dict[str, bytes | None]:
    found = {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}
    return {name: content for name, content in found.items() if not name.endswith("-shm")}  # memory, not content
