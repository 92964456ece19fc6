"""Files that appear whole or not at all: written under another name in the same directory, synced, renamed."""

import contextlib
import errno
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stratus.drivers.disks.command import no_space
from stratus.durable import make_folder, sync_folder
from stratus.errors import CommandFailed

DIRECTORY_MODE = 0o711


@contextlib.contextmanager
def aside(path: str) -> Iterator[str]:
    """Gives the name of an empty file of mode 0600 to fill; at the end of a good block it takes the place of `path`.

    Raises as `filing` does; then nothing stays."""
    directory, name = os.path.split(path)
    with filing(path):
        make_folder(Path(directory), mode=DIRECTORY_MODE)
        handle, other = tempfile.mkstemp(prefix=f".{name[:200]}.", suffix=".part", dir=directory)
        os.close(handle)
        try:
            yield other
            _sync(other)
            os.replace(other, path)
            sync_folder(Path(directory))
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(other)


@contextlib.contextmanager
def filing(path: str) -> Iterator[None]:
    """Raises NoCapacity where the block meets a full file system, CommandFailed for other trouble with `path`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(path) from error
        raise CommandFailed(f"{path}: {error.strerror}") from error


def move_aside(path: str, into: str) -> str:
    """Move a file or directory into the directory `into` (0700, made if missing); gives its new path. A name that is
    taken there gets a number. Raises as `filing` does."""
    with filing(path):
        os.makedirs(into, mode=0o700, exist_ok=True)
        name = os.path.basename(path)
        numbered = (f"{into}/{name}.{number}" for number in itertools.count(2))
        free = next(each for each in itertools.chain((f"{into}/{name}",), numbered) if not os.path.lexists(each))
        os.rename(path, free)
        _sync(into)
        _sync(os.path.dirname(path))
    return free


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
