"""The SQL of the ledger's file: one function per question or change, each within the caller's transaction."""

import sqlite3
from collections.abc import Mapping

from stratus.drivers.ledger.protocol import Delete, Lease, Put


def find_statement(
    kind: str, where: Mapping[str, str], after: str, limit: int | None
) -> tuple[str, tuple[str | int, ...]]:
    """The query behind `find` and its values: it walks the first entry's keys in order, and never a whole table."""
    rows = -1 if limit is None else limit
    if not where:
        plain = "SELECT key, body, revision FROM document WHERE kind = ? AND key > ? ORDER BY key LIMIT ?"
        return plain, (kind, after, rows)
    (first, *others) = where.items()
    joins = "".join(  # CROSS: SQLite keeps the order as written
        f" CROSS JOIN entry AS e{n} ON e{n}.kind = e.kind AND e{n}.name = ? AND e{n}.value = ? AND e{n}.key = e.key"
        for n in range(len(others))
    )
    statement = (
        f"SELECT d.key, d.body, d.revision FROM entry AS e{joins}"
        " CROSS JOIN document AS d ON d.kind = e.kind AND d.key = e.key"
        " WHERE e.kind = ? AND e.name = ? AND e.value = ? AND e.key > ? ORDER BY e.key LIMIT ?"
    )
    return statement, (*(text for pair in others for text in pair), kind, *first, after, rows)


ALL_KEYS = "SELECT kind, key FROM document ORDER BY kind, key"


def changed_keys(connection: sqlite3.Connection, since: int) -> list[tuple[str, str]]:
    """What was put or deleted after `since`, in the order of the last commit that touched it."""
    rows = connection.execute(
        "SELECT revision, kind, key FROM document WHERE revision > ?1"
        " UNION ALL SELECT revision, kind, key FROM tombstone WHERE revision > ?1 ORDER BY 1, 2, 3",
        (since,),
    )
    return [(kind, key) for _, kind, key in rows]


def revision_of(connection: sqlite3.Connection, change: Put | Delete) -> int | None:
    """The revision of the document that `change` is about; None: there is none."""
    statement = "SELECT revision FROM document WHERE kind = ? AND key = ?"
    row = connection.execute(statement, (change.kind, change.key)).fetchone()
    if row is not None and not isinstance(row[0], int):
        raise sqlite3.DatabaseError("a revision is lost")
    return None if row is None else int(row[0])


def apply(connection: sqlite3.Connection, change: Put | Delete, text: str, revision: int) -> None:
    """Write one change, its index entries and what `changes` will tell of it."""
    name = (change.kind, change.key)
    connection.execute("DELETE FROM entry WHERE kind = ? AND key = ?", name)
    if isinstance(change, Delete):
        if connection.execute("DELETE FROM document WHERE kind = ? AND key = ?", name).rowcount:
            connection.execute("INSERT OR REPLACE INTO tombstone VALUES (?, ?, ?)", (*name, revision))
        return
    connection.execute("DELETE FROM tombstone WHERE kind = ? AND key = ?", name)
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body",
        (*name, revision, text),
    )
    entries = [(change.kind, entry, value, change.key) for entry, value in change.index.items()]
    connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", entries)


def prune(connection: sqlite3.Connection, floor: int) -> None:
    """Forget the deletions up to revision `floor`, and remember that they are forgotten."""
    if floor <= 0:
        return
    last = connection.execute("SELECT max(revision) FROM tombstone WHERE revision <= ?", (floor,)).fetchone()[0]
    if last is not None:
        connection.execute("DELETE FROM tombstone WHERE revision <= ?", (floor,))
        set_meta(connection, "forgotten", last)


def meta(connection: sqlite3.Connection, name: str) -> int:
    """One of the counters: schema, revision, forgotten."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if row is None or not isinstance(row[0], int):
        raise sqlite3.DatabaseError(f"the counter {name} is lost")
    return int(row[0])


def set_meta(connection: sqlite3.Connection, name: str, value: int) -> None:
    """Write a counter."""
    connection.execute("UPDATE meta SET value = ? WHERE name = ?", (value, name))


def lease(connection: sqlite3.Connection, name: str) -> Lease | None:
    """The last lease of that name, in force or not."""
    row = connection.execute("SELECT name, owner, token, expires_s FROM lease WHERE name = ?", (name,)).fetchone()
    return None if row is None else Lease(*row)
