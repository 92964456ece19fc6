"""Putting a changed configuration file in its place: one writer at a time, all of it or nothing."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stratus.config.ini import read_text
from stratus.durable import make_folder, sync_folder
from stratus.errors import DeadlineExceeded, Denied, StratusError

LOCK_DEADLINE_S = 10.0
_PAUSE_S = 0.02


def rewrite(
    path: Path,
    change: Callable[[str], str],
    *,
    new_mode: int,
    read: Callable[[Path], str | None] = read_text,
    deadline_s: float = LOCK_DEADLINE_S,
) -> bool:
    """Replace the file's text by what `change` makes of it ("" if there is no file); whether that is different.

    The file keeps its mode, its owner and what else is attached to it; a new one gets `new_mode`. Whoever reads it
    meanwhile sees the old text or the new one. Raises Denied, DeadlineExceeded, ConfigError, StratusError."""
    real = Path(os.path.realpath(path))
    with writing(path):
        make_folder(real.parent, mode=0o700 if new_mode == 0o600 else 0o755)
        with _locked(real, deadline_s):
            before = read(real)
            after = change(before or "")
            if after == before:
                return False
            _replace(real, after.encode("utf-8"), new_mode)
            return True


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What goes wrong in the block says which file could not be written."""
    try:
        yield
    except PermissionError as error:
        hint = f"the same as root (sudo), or: ls -ld {path.parent}"
        raise Denied(f"{path} may not be written by you", hint=hint) from error
    except OSError as error:
        raise StratusError(f"{path} cannot be written: {error.strerror}", hint=f"ls -ld {path.parent}") from error


@contextmanager
def _locked(path: Path, deadline_s: float) -> Iterator[None]:
    """Hold the file's lock. The lock is a file beside it, which is gone when nobody holds it."""
    lock = path.with_name(f".{path.name}.lock")
    until = time.monotonic() + deadline_s
    descriptor = _taken(lock)
    while descriptor is None:
        if time.monotonic() > until:
            raise DeadlineExceeded(f"{path} is being written by somebody else", hint=f"fuser -v {lock}")
        time.sleep(_PAUSE_S)
        descriptor = _taken(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _taken(lock: Path) -> int | None:
    """The lock, if it was free."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who held it may have removed it since we opened it; then another one may hold the file that is there now.
        if os.path.samestat(os.fstat(descriptor), os.stat(lock)):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _replace(path: Path, content: bytes, new_mode: int) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            _dress(aside, path, file.fileno(), new_mode)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def _dress(aside: Path, like: Path, descriptor: int, new_mode: int) -> None:
    """Give the new file what the old one has: owner, mode, and what else is attached (access lists, labels)."""
    if not like.exists():
        os.fchmod(descriptor, new_mode)
        return
    old = like.stat()
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, old.st_uid, old.st_gid)
    shutil.copystat(like, aside)
    os.utime(aside)
