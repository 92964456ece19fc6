"""The ledger's SQLite file: how it is made, opened, and what its errors mean to a user."""

import contextlib
import os
import sqlite3
from pathlib import Path

from stratus.durable import make_folder, sync_folder
from stratus.errors import BadInput, ConfigError, DeadlineExceeded, Denied, NoCapacity, StratusError

SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE document (
    kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, key));
CREATE INDEX document_by_revision ON document (revision, kind, key);
CREATE TABLE entry (
    kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (kind, name, value, key)) WITHOUT ROWID;
CREATE INDEX entry_by_document ON entry (kind, key);
CREATE TABLE tombstone (
    kind TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE INDEX tombstone_by_revision ON tombstone (revision, kind, key);
CREATE TABLE lease (
    name TEXT PRIMARY KEY, owner TEXT NOT NULL, token INTEGER NOT NULL, expires_s REAL NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema', %d), ('revision', 0), ('forgotten', 0);
"""


def open_file(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection to an existing ledger. Any thread may use it, one at a time.

    Raises ConfigError for a file that is no ledger, or a newer stratus's."""
    connection = _connect(path, busy_timeout_s)
    try:
        _check_version(path, connection)  # before anything is written: it may be no ledger
        # A backup that was put back may have lost the mode; otherwise this changes nothing.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection that changes nothing, neither the file nor what SQLite keeps beside it. Raises as `open_file`."""
    # Where nobody has the file open there is no log beside it. SQLite would make one, unless the file cannot change.
    in_use = all(os.path.exists(f"{path}-{beside}") for beside in ("wal", "shm"))
    connection = _connect(path, busy_timeout_s, how="mode=ro" if in_use else "mode=ro&immutable=1")
    try:
        _check_version(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def create_file(path: Path) -> None:
    """Make an empty ledger (0600, new folders 0700), whole or not at all; an existing one is left alone."""
    try:
        make_folder(path.parent)
        draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write_schema(draft)
            os.fsync(descriptor)
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
        finally:
            os.close(descriptor)
            draft.unlink()
        sync_folder(path.parent)
    except PermissionError as error:
        raise Denied(
            f"the ledger {path} can neither be opened nor made: {error.strerror}", hint=_AS_ADMINISTRATOR
        ) from error
    except OSError as error:
        raise StratusError(
            f"the ledger {path} cannot be made: {error.strerror}", hint=f"df -h {path.parent}"
        ) from error


def explain(error: sqlite3.DatabaseError, path: Path) -> StratusError:
    """The error that a user understands, with what to do about it."""
    if not hasattr(error, "sqlite_errorcode"):  # from Python's reading of a value, and it may quote a secret
        return damaged(path, "it holds a value that cannot be read")
    code = error.sqlite_errorcode & 0xFF  # the low byte is the kind
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return locked_too_long(path)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT):
        return damaged(path, str(error))
    if code == sqlite3.SQLITE_FULL:
        return NoCapacity(f"no space is left for the ledger {path}; nothing was changed", hint=f"df -h {path.parent}")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return Denied(f"the ledger {path} cannot be written: {error}", hint=_AS_ADMINISTRATOR)
    if code == sqlite3.SQLITE_CANTOPEN:
        return Denied(f"the ledger {path} cannot be opened", hint=f"ls -l {path}* ; {_AS_ADMINISTRATOR}")
    if code == sqlite3.SQLITE_TOOBIG:
        return BadInput(f"the document is too large for the ledger: {error}")
    if code == sqlite3.SQLITE_IOERR:
        hint = f"look at the disk: df -h {path.parent} ; dmesg | tail"
        return StratusError(f"the disk failed under the ledger {path}: {error}", hint=hint)
    return StratusError(f"the ledger {path} failed: {error}")


def locked_too_long(path: Path) -> StratusError:
    """Somebody else kept the ledger to themselves."""
    return DeadlineExceeded(
        f"the ledger {path} was locked by somebody else for too long; nothing was changed",
        hint=f"try again; who holds it: fuser -v {path}",
    )


def damaged(path: Path, what: str) -> StratusError:
    """The file is there, but cannot be understood."""
    return StratusError(
        f"the ledger {path} is damaged: {what}",
        hint=f"stop stratus, move {path}* aside and put a backup in its place; rescue: sqlite3 {path} .recover",
    )


_AS_ADMINISTRATOR = "run it as the cloud's administrator (root, or with sudo)"


def _connect(path: Path, busy_timeout_s: float, *, how: str = "mode=rw") -> sqlite3.Connection:
    # Never mode=rwc: a file that vanished must not come back empty.
    address = f"{path.absolute().as_uri()}?{how}"
    return sqlite3.connect(address, uri=True, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    no_ledger = ConfigError(
        f"{path} is not a stratus ledger", hint="check the configured path; if it was one, put a backup in its place"
    )
    try:
        row = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise no_ledger from error
    if row is None or not isinstance(row[0], int):
        raise no_ledger
    if row[0] > SCHEMA_VERSION:
        raise ConfigError(
            f"the ledger {path} was written by a newer stratus (format {row[0]}; this one knows {SCHEMA_VERSION})",
            hint="upgrade stratus on this machine",
        )


def _write_schema(draft: Path) -> None:
    with contextlib.closing(_connect(draft, 0.0)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(f"BEGIN;{_SCHEMA % SCHEMA_VERSION}COMMIT;")
