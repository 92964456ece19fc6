"""Files that are whole or not there: written aside, synced, renamed."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stratus.errors import NoCapacity

FreeBytes = Callable[[Path], int]


def write_json(path: Path, value: Any) -> None:
    """Replace the file by this JSON; after a crash it is the old or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with open(aside, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file that only saves work: empty when the file is missing or damaged."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def free_bytes(path: Path) -> int:
    """What can still be written below `path`."""
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


def free_below(path: Path, free: FreeBytes) -> int:
    """The same for a folder that may still have to be made."""
    return free(next(each for each in (path, *path.parents) if each.exists()))


def require_space(path: Path, needed: int, keep: int, free: FreeBytes) -> None:
    """Raises NoCapacity unless `needed` bytes can be written and `keep` stay free."""
    left = free(path)
    if left - needed < keep:
        raise NoCapacity(
            f"no space left for the image below {path}: {needed >> 20} MiB are needed, {left >> 20} MiB are free"
            f" and {keep >> 20} MiB of them stay free",
            hint="delete images that nobody uses: stratus image list; stratus image delete IMAGE",
        )
