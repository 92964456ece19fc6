"""Tables that outlive their process: each change is a record at the end of one file, which is read when it is opened.

What was recorded survives a kill. A power cut may take the last records: the cloud in a sandbox is only played. Before
each record stand its length and its checksum, so that one which a full disk has cut off is known, and dropped."""

import errno
import os
import pickle
import struct
import threading
import zlib
from collections import UserDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stratus.errors import NoCapacity

_HEAD = struct.Struct(">II")
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

    @contextmanager
    def changing(self, name: str, key: str, is_there: bool, value: Any) -> Iterator[None]:
        """Record a change, and have it made before anybody makes another. Raises NoCapacity before it is made."""
        with self._lock:
            if self._records >= _SLACK + 2 * sum(map(len, self._tables.values())):
                self._write_anew()
            _append(self._path, _packed((name, key, is_there, value)))
            self._records += 1
            yield

    def _read(self) -> Iterator[_Record]:
        """The records, until one that was not written to its end, which is cut off."""
        if not self._path.exists():
            return
        content = self._path.read_bytes()
        at = 0
        while len(content) - at >= _HEAD.size:
            length, checksum = _HEAD.unpack_from(content, at)
            body = content[at + _HEAD.size : at + _HEAD.size + length]
            if len(body) != length or zlib.crc32(body) != checksum:
                break
            yield pickle.loads(body)
            at += _HEAD.size + length
        if at < len(content):
            os.truncate(self._path, at)

    def _write_anew(self) -> None:
        draft = self._path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        entries = [
            (name, key, True, value) for name, table in self._tables.items() for key, value in table.data.items()
        ]
        _append(draft, b"".join(map(_packed, entries)))
        draft.replace(self._path)
        self._records = len(entries)


class KeptTable(UserDict[str, Any]):
    """A dictionary whose every change is recorded. Its values are never changed in their place."""

    def __init__(self, kept: Kept, name: str) -> None:
        super().__init__()
        self._kept, self._name = kept, name

    def __setitem__(self, key: str, value: Any) -> None:
        with self._kept.changing(self._name, key, True, value):
            super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        with self._kept.changing(self._name, key, False, None):
            super().__delitem__(key)


def _packed(record: _Record) -> bytes:
    body = pickle.dumps(record)
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _append(path: Path, content: bytes) -> None:
    """One write, so that a kill comes before or after it. Raises NoCapacity, and leaves the file as it was."""
    try:
        with open(path, "ab", buffering=0) as file:
            written = file.write(content)
            if written != len(content):
                file.truncate(os.fstat(file.fileno()).st_size - written)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise NoCapacity(f"{path} cannot be written: {error.strerror}", hint=f"df -h {path.parent}") from error
