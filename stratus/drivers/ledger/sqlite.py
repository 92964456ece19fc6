"""The ledger in one SQLite file: the default, for one front end."""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from stratus.drivers.ledger import rules
from stratus.drivers.ledger import sqlite_rows as rows
from stratus.drivers.ledger.protocol import Changes, Delete, Document, Lease, Put
from stratus.drivers.ledger.sqlite_file import (
    create_file,
    damaged,
    explain,
    locked_too_long,
    open_file,
    open_to_read,
)
from stratus.drivers.ledger.watch import Watch
from stratus.errors import StratusError


class SqliteLedger:
    """Keeps documents in the file `path`, which is made if it is missing. Safe to use from many threads and processes.

    `clock` (wall time, as other processes read it too) decides when leases expire; `busy_timeout_s` is how long
    others may keep the file locked; `history` for how many commits deletions are remembered; `has_ended` says whether
    the process that has a lease is surely dead. With `read_only`, nothing is made or changed, not even beside the file.
    Whoever waits for changes is woken by a bell beside the file, and looks every `look_again_s` all the same.
    Not carried over a fork: open it anew in the child."""

    def __init__(
        self,
        path: str | Path,
        *,
        clock: Callable[[], float] = time.time,
        busy_timeout_s: float = 30.0,
        history: int = 10_000,
        read_only: bool = False,
        has_ended: Callable[[str], bool] = lambda owner: False,
        look_again_s: float = 0.25,
    ) -> None:
        self._path = Path(path)
        self._clock = clock
        self._busy_timeout_s = busy_timeout_s
        self._history = history
        self._has_ended = has_ended
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._write_lock = threading.Lock()  # threads queue here, where waiting is fair and wakes at once
        self._closed = False
        self._watch = Watch(self._path, deaf=read_only, look_again_s=look_again_s)
        self._open = partial(open_to_read if read_only else open_file, self._path, busy_timeout_s)
        if not read_only and not os.path.exists(self._path):
            create_file(self._path)
        with self._reading():
            pass

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        rules.check_name("kind", kind)
        rules.check_name("key", key)
        with self._reading() as connection:
            statement = "SELECT key, body, revision FROM document WHERE kind = ? AND key = ?"
            row = connection.execute(statement, (kind, key)).fetchone()
        return None if row is None else self._document(kind, row)

    def find(
        self, kind: str, *, where: Mapping[str, str] | None = None, after: str = "", limit: int | None = None
    ) -> list[Document]:
        """Documents of one kind in key order whose index entries equal all of `where`."""
        rules.check_name("kind", kind)
        rules.check_index(where or {})
        rules.check_text("key", after)
        rules.check_limit(limit)
        with self._reading() as connection:
            found = connection.execute(*rows.find_statement(kind, where or {}, after, limit)).fetchall()
        return [self._document(kind, row) for row in found]

    def commit(self, changes: Sequence[Put | Delete], *, fence: Lease | None = None) -> int:
        """Do all of `changes` or none; gives the new revision, once it has reached the disk."""
        texts = rules.check_changes(changes)
        with self._writing() as connection:
            if fence is not None:
                rules.check_fence(fence, rows.lease(connection, fence.name), self._clock())
            for change in changes:
                rules.check_expectation(change, rows.revision_of(connection, change))
            revision = rows.meta(connection, "revision")
            if not changes:
                return revision
            revision += 1
            for change, text in zip(changes, texts, strict=True):
                rows.apply(connection, change, text, revision)
            rows.set_meta(connection, "revision", revision)
            rows.prune(connection, revision - self._history)
        self._watch.committed()
        return revision

    def revision(self) -> int:
        """That of the last commit."""
        with self._reading() as connection:
            return rows.meta(connection, "revision")

    def changes(self, since: int, *, timeout_s: float = 0.0) -> Changes:
        """What was committed after revision `since`; waits up to `timeout_s` for something to be there."""
        deadline = time.monotonic() + timeout_s
        while True:
            rung = self._watch.count() if timeout_s > 0 else 0
            if self.revision() != since:
                break
            rest_s = deadline - time.monotonic()
            if rest_s <= 0 or not self._watch.wait(rung, rest_s):
                return Changes((), since)
        with self._reading(snapshot=True) as connection:
            revision = rows.meta(connection, "revision")
            whole = since > revision or since < rows.meta(connection, "forgotten")
            keys = connection.execute(rows.ALL_KEYS).fetchall() if whole else rows.changed_keys(connection, since)
        return Changes(tuple((kind, key) for kind, key in keys), revision, whole)

    def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """The lease, if free, expired or the owner's already; else None."""
        with self._writing() as connection:
            lease = rules.next_lease(rows.lease(connection, name), name, owner, ttl_s, self._clock(), self._has_ended)
            if lease is not None:
                row = (lease.name, lease.owner, lease.token, lease.expires_s)
                connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)", row)
        return lease

    def release(self, lease: Lease) -> None:
        """Give it back; nothing happens if somebody else holds it by now."""
        with self._writing() as connection:
            statement = "UPDATE lease SET expires_s = 0 WHERE name = ? AND owner = ? AND token = ?"
            connection.execute(statement, (lease.name, lease.owner, lease.token))

    def close(self) -> None:
        """Let go of the file; whoever waits for changes is woken."""
        self._watch.close()
        with self._idle_lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()

    def _document(self, kind: str, row: tuple[str, str, int]) -> Document:
        key, text, revision = row
        try:
            return Document(kind, key, json.loads(text), revision)
        except (ValueError, TypeError) as error:
            raise damaged(self._path, f"{kind}/{key} cannot be read ({error})") from error

    @contextmanager
    def _reading(self, *, snapshot: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection; with `snapshot`, several statements see one and the same revision."""
        with self._connection() as connection:
            if snapshot:
                connection.execute("BEGIN")
            yield connection
            if snapshot:
                connection.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that nobody else can write beside; an exception undoes it."""
        if not self._write_lock.acquire(timeout=self._busy_timeout_s):
            raise locked_too_long(self._path)
        try:
            with self._connection() as connection:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except StratusError:
                    connection.execute("ROLLBACK")
                    raise
                connection.execute("COMMIT")
        finally:
            self._write_lock.release()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """An idle connection or a new one. One that comes back in the middle of a transaction is closed: undone."""
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except sqlite3.ProgrammingError:
            raise  # ours, not the file's: a bug
        except sqlite3.DatabaseError as error:
            raise explain(error, self._path) from error

    def _take(self) -> sqlite3.Connection:
        if self._closed:
            raise StratusError(f"the ledger {self._path} is closed")
        with self._idle_lock:
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._idle_lock:
            if connection.in_transaction or self._closed:
                connection.close()
            else:
                self._idle.append(connection)
