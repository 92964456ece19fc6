"""Files and folders that have reached the disk: what everything is written with that must outlive a power cut."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Sync = Callable[[int], None]  # waits until a file or folder is on the disk


def make_folder(folder: Path, *, mode: int = 0o700, sync: Sync = os.fsync) -> None:
    """Make a folder and those above it, and wait until their names have reached the disk."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=mode, exist_ok=True)
        sync_folder(each.parent, sync=sync)


def write_draft(draft: Path, body: bytes, *, sync: Sync = os.fsync) -> None:
    """A file (0600) whose content has reached the disk; its name need not have. No draft stays on an error."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            sync(descriptor)
    except BaseException:
        with suppress(FileNotFoundError):
            draft.unlink()
        raise


def write_whole(path: Path, body: bytes, *, draft: Path | None = None, sync: Sync = os.fsync) -> None:
    """Write or replace a file: after a crash it is the old one or the new one, when this has returned the new one.

    `draft` is another name on the same file system. Without one, one writer at a time: the draft's name is fixed then,
    so that one which a kill left behind is used again."""
    draft = draft or path.with_name(f".{path.name}.new")
    write_draft(draft, body, sync=sync)
    os.replace(draft, path)
    sync_folder(path.parent, sync=sync)


def sync_folder(folder: Path, *, sync: Sync = os.fsync) -> None:
    """Wait until the names in the folder have reached the disk. A folder that is gone had none left."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
