"""The disks door on this machine: files below the instances' folder, made by qemu-img, coreutils, mkfs and pycdlib."""

import errno
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

from stratus.drivers.disks.aside import DIRECTORY_MODE, aside, filing, move_aside
from stratus.drivers.disks.command import run
from stratus.durable import make_folder
from stratus.errors import BadInput, CommandFailed, NotFound
from stratus.model.argv import Argv, disks
from stratus.model.context.values import ContextDisk
from stratus.model.inspection import FolderSeen, Space

_FICLONE = 0x40049409  # linux/fs.h
RECORD = "instance.json"
MAX_RECORD = 2**20
_QCOW2_MAGIC = b"QFI\xfb"


class LocalDisks:
    """Implements `Disks`. `timeout_s` is the deadline of each program that it runs."""

    def __init__(self, *, timeout_s: float = 60.0) -> None:
        """Nothing is touched before the first call."""
        self._timeout_s = timeout_s

    def make_directory(self, directory: str) -> None:
        """See the protocol."""
        disks.instance_directory(directory)
        with filing(directory):
            make_folder(Path(directory), mode=DIRECTORY_MODE)
            os.chmod(directory, DIRECTORY_MODE)

    def clone(self, base: str, base_format: str, path: str, format: str, *, size_bytes: int = 0) -> str:
        """See the protocol."""
        disks.clone(base, base_format, path, format, size_bytes)  # refuses what makes no sense
        if os.path.exists(path):
            return format
        has = virtual_size(base, base_format)
        if 0 < size_bytes < has:
            raise BadInput(f"a disk of {size_bytes} bytes cannot hold its image of {has} bytes")
        with aside(path) as other:
            self._run(disks.clone(base, base_format, other, format, size_bytes), makes=path)
        return format

    def make(self, path: str, size_mib: int, *, filesystem: str = "") -> None:
        """See the protocol."""
        disks.make(path, size_mib, filesystem)
        if os.path.exists(path):
            return
        with aside(path) as other:
            self._run(disks.make(other, size_mib, filesystem, identity=path), makes=path)

    def write_context(self, path: str, disk: ContextDisk) -> None:
        """See the protocol."""
        from stratus.drivers.disks.iso import iso_image  # pycdlib costs 30 ms, which most of the agent's work can save

        _write(path, iso_image(disk))

    def write_record(self, path: str, text: str) -> None:
        """See the protocol."""
        _write(path, text.encode())

    def reflinks(self, directory: str) -> bool:
        """See the protocol."""
        there = _nearest(directory)
        try:
            with tempfile.TemporaryFile(dir=there) as one, tempfile.TemporaryFile(dir=there) as other:
                one.write(b"\0" * 4096)
                one.flush()
                fcntl.ioctl(other.fileno(), _FICLONE, one.fileno())
        except OSError as error:
            if error.errno in (errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EXDEV):
                return False
            raise CommandFailed(f"{there} does not take files: {error.strerror}") from error
        return True

    def remove(self, directory: str) -> None:
        """See the protocol. The parent is held open, so nobody can put another directory in its place meanwhile."""
        parent, name = disks.instance_directory(directory)
        try:
            handle = os.open(parent, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return
        try:
            _remove_below(handle, name, directory)
        finally:
            os.close(handle)

    def put_aside(self, path: str, into: str) -> None:
        """See the protocol."""
        disks.of_an_instance(path)
        if os.path.lexists(path):
            move_aside(path, into)

    def folders(self, parent: str) -> tuple[FolderSeen, ...]:
        """See the protocol."""
        return tuple(_folder(os.path.join(parent, name)) for name in self.directories(parent))

    def space(self, directory: str) -> Space:
        """See the protocol."""
        found = os.statvfs(_nearest(directory))
        unit = found.f_frsize / 2**20
        return Space(int(found.f_bavail * unit), int(found.f_blocks * unit), found.f_favail, found.f_files)

    def directories(self, parent: str) -> list[str]:
        """See the protocol."""
        try:
            with os.scandir(parent) as entries:
                found = [e.name for e in entries if e.name.isdecimal() and e.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        return sorted(found, key=int)

    def _run(self, commands: tuple[Argv, ...], *, makes: str) -> None:
        for argv in commands:
            run(argv, makes=makes, timeout_s=self._timeout_s)


def _nearest(directory: str) -> Path:
    """The directory, or the nearest one above it that is there."""
    return next(path for path in (Path(directory), *Path(directory).absolute().parents) if path.is_dir())


def _folder(directory: str) -> FolderSeen:
    """What is in a directory; empty if it goes away meanwhile. A record that cannot be read is there, and no record."""
    try:
        names = tuple(sorted(os.listdir(directory)))
        record = _record(os.path.join(directory, RECORD)) if RECORD in names else ""
    except FileNotFoundError:
        names, record = (), ""
    return FolderSeen(int(os.path.basename(directory)), names, record)


def _record(path: str) -> str:
    try:
        with open(path, "rb", opener=_warily) as file:
            return file.read(MAX_RECORD).decode("utf-8", errors="replace")
    except FileNotFoundError:
        raise
    except OSError as error:
        return f"{path}: {error.strerror}"


def _warily(path: str, flags: int) -> int:
    """Somebody may have put a link or a pipe there."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def virtual_size(path: str, format: str) -> int:
    """The size in bytes of the disk that a guest sees in an image. Raises NotFound, BadInput."""
    try:
        with open(path, "rb") as file:
            if format == "raw":
                return os.fstat(file.fileno()).st_size
            header = file.read(32)
    except FileNotFoundError as error:
        raise NotFound(f"there is no image {path}", hint="stratus image list") from error
    if len(header) < 32 or not header.startswith(_QCOW2_MAGIC):
        raise BadInput(f"{path} is not a qcow2 image")
    return int.from_bytes(header[24:32], "big")


def _write(path: str, content: bytes) -> None:
    with aside(path) as other, open(other, "wb") as file:
        file.write(content)


def _remove_below(handle: int, name: str, directory: str) -> None:
    try:
        mode = os.stat(name, dir_fd=handle, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        raise BadInput(f"{directory} is not a directory: it is left alone")
    with filing(directory):
        shutil.rmtree(name, dir_fd=handle)
        os.fsync(handle)
