"""Tables that outlive their process: each change is a record at the end of one file, which is read when it is opened.

What was recorded survives a kill. A power cut may take the last records: the cloud in a sandbox is only played."""

import os
import pickle
import threading
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SLACK = 200  # so many records more than there are entries, and the file is written anew
_Record = tuple[str, str, bool, Any]  # table, key, whether it is there, what it is


class Kept:
    """The tables in the file `path`, which belongs to us alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._tables: dict[str, KeptTable] = {}
        self._records = 0
        for name, key, is_there, value in self._read():
            table = self.table(name).data
            if is_there:
                table[key] = value
            else:
                table.pop(key, None)
            self._records += 1

    def table(self, name: str) -> "KeptTable":
        """The table of that name, with what was in it."""
        return self._tables.setdefault(name, KeptTable(self, name))

    def record(self, name: str, key: str, is_there: bool, value: Any) -> None:
        """Add a record of a change that has been made."""
        with self._lock:
            self._records += 1
            if self._records > _SLACK + 2 * sum(map(len, self._tables.values())):
                self._write_anew()
            else:
                _append(self._path, pickle.dumps((name, key, is_there, value)))

    def _read(self) -> Iterator[_Record]:
        """The records, until one that a killed process did not write to its end."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while True:
                try:
                    yield pickle.load(file)
                except (EOFError, pickle.UnpicklingError):
                    return

    def _write_anew(self) -> None:
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        entries = [
            (name, key, True, value) for name, table in self._tables.items() for key, value in table.data.items()
        ]
        _append(draft, b"".join(map(pickle.dumps, entries)))
        draft.replace(self._path)
        self._records = len(entries)


class KeptTable(UserDict[str, Any]):
    """A dictionary whose every change is recorded. Its values are never changed in their place."""

    def __init__(self, kept: Kept, name: str) -> None:
        super().__init__()
        self._kept, self._name = kept, name

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self._kept.record(self._name, key, True, value)

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._kept.record(self._name, key, False, None)


def _append(path: Path, content: bytes) -> None:
    """One write, so that a kill comes before or after it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
