"""The folder of a sandbox: what is in it, whether it is ours, and taking it away again.

sandbox.json   says that the folder is a sandbox       etc/   stratuslab.cfg
log, lock      of the process that plays the nodes     state/ the ledger, images, and nodes/NAME
socket         where it answers                        tiny.img  key.pub
"""

import fcntl
import json
import os
import shlex
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from stratus.errors import BadInput, Conflict, Denied, NotFound, StratusError
from stratus.model.sandbox import WAY

_FORMAT = 1
_MARK = "sandbox.json"
_ENTRIES = ("etc", "state", "tiny.img", "key.pub", "log", "lock", "socket")
_ENOUGH = 200


class Place:
    """One folder that is, or is to become, a sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.etc, self.state, self.log = folder / "etc", folder / "state", folder / "log"
        self.socket, self.image, self.public_key = folder / "socket", folder / "tiny.img", folder / "key.pub"

    def node(self, name: str) -> Path:
        """The state directory of a node."""
        return self.state / "nodes" / name

    @property
    def config(self) -> Path:
        """Its configuration, which is the last that is made: without it a sandbox is not whole."""
        return self.etc / "stratuslab.cfg"

    def nodes(self) -> int:
        """How many nodes it has."""
        try:
            return len(os.listdir(self.state / "nodes"))
        except FileNotFoundError:  # it is just being made
            return 0

    def make(self) -> None:
        """Have the folder, 0700, and the mark in it. Raises Conflict for a folder with something else in it, Denied for
        somebody else's, BadInput for what cannot be one."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.held():
                if not self.is_sandbox():
                    self._mark_as_ours()
        except OSError as error:
            raise BadInput(
                f"{self.folder} cannot be a sandbox: {error.strerror}", hint="choose another --dir"
            ) from None
        except ValueError as error:  # a null character
            raise BadInput(f"{str(self.folder)!r} is no folder: {error}", hint="choose another --dir") from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else make, start, end or remove it meanwhile. Raises Conflict if it was removed just now."""
        self._check_ours()
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not _is_at(descriptor, self.folder):
                raise Conflict(f"{self.folder} was removed meanwhile", hint="try again")
            yield
        finally:
            os.close(descriptor)

    def is_sandbox(self) -> bool:
        """Whether a sandbox of ours is there. Raises Denied for somebody else's, StratusError for a newer one."""
        if not os.path.lexists(self._mark()):
            return False
        self._check_ours()
        if self._mark().read_text(errors="replace") != json.dumps({"format": _FORMAT}) + "\n":
            raise StratusError(f"{self.folder} is a sandbox of another release", hint="use that release")
        return True

    def check(self) -> None:
        """Raises NotFound if no sandbox is there."""
        if not self.is_sandbox():
            raise NotFound(f"there is no sandbox in {self.folder}", hint="stratus sandbox start")

    def pid(self) -> int | None:
        """The process that plays the nodes, if it lives."""
        try:
            with (self.folder / "lock").open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read(20) or 0) or None
        except OSError:
            pass
        return None

    @contextmanager
    def occupied(self) -> Iterator[None]:
        """Be the one process of this sandbox, as soon as nobody has the lock: who looks for the process has it, too."""
        with (self.folder / "lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _write_pid(lock)
            yield

    def clear(self) -> None:
        """Take away what we made, but for the mark."""
        for name in _ENTRIES:
            path = self.folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Take away what we made, and the folder unless something else is in it. Raises Conflict then."""
        self.check()
        self.clear()
        self._mark().unlink(missing_ok=True)  # the last: who is killed before can call this again
        try:
            self.folder.rmdir()
        except OSError as error:
            others = ", ".join(sorted(os.listdir(self.folder)))[:_ENOUGH]
            raise Conflict(
                f"{self.folder} stays, because of what is not ours: {others}", hint="remove it yourself"
            ) from error

    @property
    def settings(self) -> dict[str, str]:
        """What leads to this cloud, whatever configuration files say of another one."""
        here = {"STATE_DIR": str(self.state), "NODE_LINK": WAY, "CONFIG_DIR": str(self.etc), "ENDPOINT": ""}
        return {f"STRATUSLAB_{name}": value for name, value in here.items()}

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command inside: it finds this cloud, and no other one."""
        inside = {**{name: value for name, value in environ.items() if not _leads_outside(name)}, **self.settings}
        return inside if _has_key(inside) else {**inside, "STRATUSLAB_KEY": str(self.public_key)}

    def _mark(self) -> Path:
        return self.folder / _MARK

    def _mark_as_ours(self) -> None:
        if os.listdir(self.folder):
            raise Conflict(f"{self.folder} is not empty, and no sandbox", hint="choose another --dir")
        self.folder.chmod(0o700)
        self._mark().write_text(json.dumps({"format": _FORMAT}) + "\n")

    def _check_ours(self) -> None:
        """Raise Denied for somebody else's folder, which is not even looked into, Conflict for a link."""
        seen = os.lstat(self.folder)
        if stat.S_ISLNK(seen.st_mode):
            raise Conflict(f"{self.folder} is a link", hint=f"say --dir {shlex.quote(os.path.realpath(self.folder))}")
        if seen.st_uid != os.geteuid():
            raise Denied(f"{self.folder} is a folder of user {seen.st_uid}", hint="choose another --dir")


def place_of(folder: str, environ: Mapping[str, str]) -> Place:
    """The sandbox that is meant: by its folder, or inside one that one, or the user's usual one."""
    if folder:
        return Place(Path(os.path.abspath(folder)))
    config_dir = environ.get("STRATUSLAB_CONFIG_DIR")
    if config_dir and (inside := Place(Path(config_dir).parent)).is_sandbox():
        return inside
    home = environ.get("HOME")
    if not home:
        raise BadInput("there is no HOME for a sandbox to be in", hint="stratus sandbox start --dir FOLDER")
    return Place(Path(os.path.abspath(home), ".stratuslab", "sandbox"))


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _write_pid(lock: TextIO) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()


def _leads_outside(name: str) -> bool:
    return name.startswith("STRATUSLAB_") and name != "STRATUSLAB_KEY"


def _has_key(environ: Mapping[str, str]) -> bool:
    ssh = Path(environ.get("HOME", "/nowhere")) / ".ssh"
    return "STRATUSLAB_KEY" in environ or any(ssh.glob("id_*.pub"))
