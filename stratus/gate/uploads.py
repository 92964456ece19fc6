"""Files that a client brought along: in a folder of its channel's own, which goes when the channel ends."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from stratus.errors import BadInput, NoCapacity
from stratus.gate.channel import Channel
from stratus.model.wire import Upload

GIB = 1 << 30
_LOOK_EVERY_BYTES = 64 << 20
_LOCK = ".lock"
MOST_FILES = 100  # of one user at once, who could have as many as the disk has inodes otherwise
_HEX = re.compile(r"[0-9a-f]{64}")


class Uploads:
    """What one channel was sent. `root` is for all users; each has a folder there, and each channel one in that."""

    def __init__(self, root: str, user: str, *, most_bytes: int, spare_bytes: int) -> None:
        """A user has at most `most_bytes` there at once, and `spare_bytes` of the disk stay free."""
        self._users = Path(root, user)
        self._most_bytes = most_bytes
        self._spare_bytes = spare_bytes
        self._folder: Path | None = None
        self._stack = contextlib.ExitStack()
        self.stored: tuple[str, ...] = ()

    def store(self, upload: Upload, channel: Channel) -> str:
        """The path of the file that the channel brings. Raises BadInput, NoCapacity, Gone; nothing stays of it then,
        and the channel has to end, because what is left of the file would be read as lines."""
        import shutil
        import tempfile

        _check(upload)
        folder = self._folder = self._folder or self._own_folder()
        path = Path(tempfile.mkdtemp(dir=folder), _name(upload.name))
        try:
            with path.open("xb") as file:
                self._reserve(file, upload.size)
                digest = self._receive(file, upload, channel)
            if upload.sha256 and digest != upload.sha256:
                raise BadInput(f"{path.name} changed on its way: its sha256 is {digest}", hint="send it again")
        except OSError as error:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise NoCapacity(f"{path.name} cannot be kept: {error.strerror}", hint="tell the administrator") from error
        except BaseException:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        self.stored = (*self.stored, str(path))
        return str(path)

    def close(self) -> None:
        """Remove them."""
        if self._folder:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)
        self._stack.close()

    def _own_folder(self) -> Path:
        import tempfile

        self._users.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._users_turn():
            _sweep(self._users)
            folder = Path(tempfile.mkdtemp(prefix="c", dir=self._users))
            lock = self._stack.enter_context((folder / _LOCK).open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        return folder

    def _reserve(self, file: BinaryIO, size: int) -> None:
        """Make the file as long as it will be, so that the user's other channels see what is taken."""
        with self._users_turn():
            sizes = tuple(_sizes(self._users))
            there = sum(sizes)
            if len(sizes) > MOST_FILES:
                raise NoCapacity(
                    f"at most {MOST_FILES} files of one user wait here to be taken in", hint="bring them one by one"
                )
            if there + size > self._most_bytes:
                raise NoCapacity(
                    f"{size} bytes are too many: at most {self._most_bytes} of one user's wait here to be taken in"
                    + (f", and {there} do" if there else ""),
                    hint="compress the image, or import it from a URL",
                )
            self._leave_spare(file, size)
            file.truncate(size)

    def _receive(self, file: BinaryIO, upload: Upload, channel: Channel) -> str:
        import hashlib

        digest, done = hashlib.sha256(), 0
        for piece in channel.take(upload.size):
            digest.update(piece)
            if done // _LOOK_EVERY_BYTES != (done + len(piece)) // _LOOK_EVERY_BYTES:
                self._leave_spare(file, 0)
            done += file.write(piece)
        return digest.hexdigest()

    def _leave_spare(self, file: BinaryIO, size: int) -> None:
        system = os.fstatvfs(file.fileno())
        free = system.f_bavail * system.f_frsize
        if free - size < self._spare_bytes:
            raise NoCapacity(f"{size} bytes do not fit: the front end has {free} left", hint="tell the administrator")

    @contextlib.contextmanager
    def _users_turn(self) -> Iterator[None]:
        with (self._users / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _check(upload: Upload) -> None:
    if upload.size < 1:
        raise BadInput(f"a file of {upload.size} bytes is no image")
    if upload.sha256 and not _HEX.fullmatch(upload.sha256):
        raise BadInput("the sha256 of a file is 64 hexadecimal digits, in small letters")


def _name(wanted: str) -> str:
    """A file name that is one, and still says what the user called it: images are named after it."""
    return re.sub(r"[^A-Za-z0-9._+-]", "-", wanted.rpartition("/")[2])[:100].strip("-.") or "image"


def _sizes(folder: Path) -> Iterator[int]:
    """Of the files that wait there. Those of a channel that ends meanwhile are gone, and hinder nobody."""
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                if name != _LOCK:
                    yield os.stat(os.path.join(place, name)).st_size


def _sweep(folder: Path) -> None:
    """Remove what channels left whose process was killed: nobody holds their lock."""
    import shutil

    for left in folder.iterdir():
        if not left.is_dir():
            continue
        with contextlib.suppress(OSError), (left / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
