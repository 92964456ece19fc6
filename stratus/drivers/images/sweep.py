"""Takes away what interrupted fetches left behind and nobody took up again."""

import time
from pathlib import Path

from stratus.drivers.images.files import read_json
from stratus.drivers.images.lock import turn
from stratus.drivers.images.shelf import Shelf
from stratus.errors import BadInput, DeadlineExceeded


def sweep(shelf: Shelf, work: Path, older_than_s: float) -> list[str]:
    """Remove leftovers that are older, except those of a fetch that runs now; give the names of the files."""
    if not work.is_dir():
        return []
    before = time.time() - older_than_s
    gone = []
    for key in sorted({_key_of(path) for path in work.iterdir() if path.is_file()}):
        try:
            with turn(work / f"{key}.lock", wait_s=0):
                gone += _sweep_key(shelf, work, key, before)
        except DeadlineExceeded:
            continue  # somebody is fetching it
    for path in shelf.orphans():
        gone += _remove_if_old(path, before)
    return gone


def _sweep_key(shelf: Shelf, work: Path, key: str, before: float) -> list[str]:
    gone = []
    for path in sorted(work.glob(f"{key}.*")) + sorted(work.glob(f".{key}.*")):
        if path.suffix == ".lock" or (path.suffix == ".origin" and _is_kept(shelf, path)):
            continue
        gone += _remove_if_old(path, before)
    return gone


def _is_kept(shelf: Shelf, origin: Path) -> bool:
    try:
        return shelf.get(str(read_json(origin).get("identifier", ""))) is not None
    except BadInput:
        return True


def _remove_if_old(path: Path, before: float) -> list[str]:
    try:
        if path.stat().st_mtime > before:
            return []
        path.unlink()
    except FileNotFoundError:
        return []
    return [path.name]


def _key_of(path: Path) -> str:
    return path.name.removeprefix(".").split(".", 1)[0]
