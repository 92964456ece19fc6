"""Files that are whole or absent after a crash, and what the disk's refusals mean to a user."""

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stratus.errors import Denied, NoCapacity, StratusError

Sync = Callable[[int], None]


def make_folder(folder: Path, sync: Sync) -> None:
    """Make a folder and those above it (0700), and wait until they have reached the disk."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)
        sync_folder(parent.parent, sync)


def write_draft(draft: Path, body: bytes, sync: Sync) -> None:
    """A new file (0600) whose content has reached the disk; its name need not have. No draft stays on an error."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            sync(descriptor)
    except BaseException:
        with suppress(FileNotFoundError):
            draft.unlink()
        raise


def write_whole(path: Path, body: bytes, aside: Path, sync: Sync) -> None:
    """Write or replace a file: after a crash it is the old one or the new one. Drafts are made in `aside`."""
    draft = aside / os.urandom(16).hex()
    write_draft(draft, body, sync)
    os.replace(draft, path)
    sync_folder(path.parent, sync)


def sync_folder(folder: Path, sync: Sync) -> None:
    """Wait until the names in the folder have reached the disk. A folder that is gone had none left."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns an OSError under `folder` into the error that a user understands."""
    try:
        yield
    except OSError as error:
        said, number = error.strerror or str(error), number_of(error)
        if number in (errno.ENOSPC, errno.EDQUOT):
            raise NoCapacity(f"no space is left for the queue {folder}", hint=f"df -h {folder}") from error
        if number in (errno.EACCES, errno.EPERM, errno.EROFS):
            hint = f"run it as the owner: ls -ld {folder}"
            raise Denied(f"the queue {folder} cannot be used: {said}", hint=hint) from error
        hint = f"look at the disk: df -h {folder} ; dmesg | tail"
        raise StratusError(f"the queue {folder} failed: {said}", hint=hint) from error


def number_of(error: OSError) -> int:
    """The error's number, 0 if it has none. dirq 1.8 raises some anew with nothing but the text of the first one."""
    told = re.search(r"\[Errno (\d+)\]", str(error))
    return error.errno or (int(told[1]) if told else 0)
