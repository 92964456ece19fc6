"""The ledger door: JSON documents under (kind, key), all-or-nothing commits, leases with fencing tokens.

Seven calls that SQLite, memory and etcd can all keep. SQL, tables and paths never show through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from stratus.model.values import dataclass


@dataclass(frozen=True)
class Document:
    """One document as it stands. `revision` is the ledger's, and grows with every commit that touches it."""

    kind: str
    key: str
    body: Mapping[str, Any]
    revision: int


@dataclass(frozen=True)
class Put:
    """Write one document. `expect` 0: it must not exist yet; n: its revision must still be n; None: does not matter."""

    kind: str
    key: str
    body: Mapping[str, Any]
    expect: int | None = None
    index: Mapping[str, str] = field(default_factory=dict)  # name -> value, for `find`; replaces the older entries


@dataclass(frozen=True)
class Delete:
    """Remove one document. `expect` as for Put, but 0 is senseless; None: it may be absent already."""

    kind: str
    key: str
    expect: int | None = None


@dataclass(frozen=True)
class Lease:
    """The right to act as `name` until `expires_s`. The token grows with each holder; a stale one is refused."""

    name: str
    owner: str
    token: int
    expires_s: float


@dataclass(frozen=True)
class Changes:
    """What has changed since a revision: (kind, key) pairs, deletions among them, and the revision to go on from.

    `whole`: the history does not reach back that far; `keys` are all present documents, what is not named is gone."""

    keys: tuple[tuple[str, str], ...]
    revision: int
    whole: bool = False


class Ledger(Protocol):
    """The state of record. A commit that returned has reached the disk."""

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        ...

    def find(
        self, kind: str, *, where: Mapping[str, str] | None = None, after: str = "", limit: int | None = None
    ) -> list[Document]:
        """Documents of one kind in key order, whose index entries equal all of `where`; the cost follows the result.

        The first entry of `where` leads the search: name the most telling one first. `after` is the last key of the
        page before (exclusive). Keys are ordered by code point."""
        ...

    def commit(self, changes: Sequence[Put | Delete], *, fence: Lease | None = None) -> int:
        """Do all of `changes` or none; gives the new revision.

        Raises LedgerConflict when an expectation does not hold (its message names kind and key), or when `fence`
        is no longer the current lease of its name: released, expired, or somebody else's by now. Raises BadInput
        for what JSON cannot carry (NaN, keys that are no strings, lone surrogates), for empty names, and for a
        document that is named twice. No changes: no new revision."""
        ...

    def revision(self) -> int:
        """That of the last commit: where `changes` goes on from. Costs the same however much there is."""
        ...

    def changes(self, since: int, *, timeout_s: float = 0.0) -> Changes:
        """What was committed after revision `since`; waits up to `timeout_s` for something to be there.

        Each document is named once, in the order of the last commit that touched it. When `since` is older than what
        is remembered, or newer than the ledger (which was then restored), every present document is named: `whole`."""
        ...

    def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """The lease, if free, expired or the owner's already (then its term is renewed and the token kept); else None.
        That of a process which has surely ended is free.

        A lease that has expired or was released gets a new token, also for the same owner. Two that must not act at
        once must not share an owner's name."""
        ...

    def release(self, lease: Lease) -> None:
        """Give it back; nothing happens if somebody else holds it by now."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the object is not used after."""
        ...
