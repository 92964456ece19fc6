"""A ledger in memory: the sandbox's and the tests', with the same rules as the one on disk."""

import bisect
import dataclasses
import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from stratus.drivers.ledger import rules
from stratus.drivers.ledger.protocol import Changes, Delete, Document, Lease, Put
from stratus.model.values import dataclass


@dataclass(frozen=True)
class _Record:
    text: str  # JSON, so that nobody can change what is kept
    revision: int
    index: Mapping[str, str]


class MemoryLedger:
    """Keeps documents until the process ends. Safe to use from many threads.

    `clock` decides when leases expire. `history`: for how many commits deletions are remembered. `has_ended` says
    whether the process that has a lease is surely dead."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        history: int = 10_000,
        has_ended: Callable[[str], bool] = lambda owner: False,
    ) -> None:
        self._clock = clock
        self._has_ended = has_ended
        self._history = history
        self._changed = threading.Condition()
        self._kinds: dict[str, dict[str, _Record]] = {}
        self._entries: dict[tuple[str, str, str], set[str]] = {}  # (kind, name, value) -> keys
        self._touched: dict[tuple[str, str], int] = {}  # the last revision of each, oldest first, deletions included
        self._tombstones: dict[tuple[str, str], int] = {}  # the deletions among them, oldest first
        self._leases: dict[str, Lease] = {}
        self._revision = 0
        self._forgotten = 0
        self._closed = False

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        rules.check_name("kind", kind)
        rules.check_name("key", key)
        with self._changed:
            return self._document(kind, key)

    def find(
        self, kind: str, *, where: Mapping[str, str] | None = None, after: str = "", limit: int | None = None
    ) -> list[Document]:
        """Documents of one kind in key order whose index entries equal all of `where`."""
        rules.check_name("kind", kind)
        rules.check_index(where or {})
        rules.check_text("key", after)
        rules.check_limit(limit)
        with self._changed:
            keys = sorted(self._keys(kind, where or {}))
            first = bisect.bisect_right(keys, after)
            last = None if limit is None else first + limit
            found = [self._document(kind, key) for key in keys[first:last]]
        return [document for document in found if document is not None]

    def commit(self, changes: Sequence[Put | Delete], *, fence: Lease | None = None) -> int:
        """Do all of `changes` or none; gives the new revision."""
        texts = rules.check_changes(changes)
        with self._changed:
            if fence is not None:
                rules.check_fence(fence, self._leases.get(fence.name), self._clock())
            for change in changes:
                record = self._kinds.get(change.kind, {}).get(change.key)
                rules.check_expectation(change, record.revision if record else None)
            if not changes:
                return self._revision
            self._revision += 1
            for change, text in zip(changes, texts, strict=True):
                self._apply(change, text)
            self._prune()
            self._changed.notify_all()
            return self._revision

    def revision(self) -> int:
        """That of the last commit."""
        with self._changed:
            return self._revision

    def changes(self, since: int, *, timeout_s: float = 0.0) -> Changes:
        """What was committed after revision `since`; waits up to `timeout_s` for something to be there."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._revision != since, timeout_s)
            if since < self._forgotten or since > self._revision:
                keys = sorted((kind, key) for kind, records in self._kinds.items() for key in records)
                return Changes(tuple(keys), self._revision, whole=True)
            if since == self._revision:
                return Changes((), since)
            latest = itertools.takewhile(lambda item: item[1] > since, reversed(self._touched.items()))
            changed = sorted((revision, name) for name, revision in latest)
            return Changes(tuple(name for _, name in changed), self._revision)

    def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """The lease, if free, expired or the owner's already; else None."""
        with self._changed:
            lease = rules.next_lease(self._leases.get(name), name, owner, ttl_s, self._clock(), self._has_ended)
            if lease is not None:
                self._leases[name] = lease
            return lease

    def release(self, lease: Lease) -> None:
        """Give it back; nothing happens if somebody else holds it by now."""
        with self._changed:
            current = self._leases.get(lease.name)
            if current is not None and (current.owner, current.token) == (lease.owner, lease.token):
                self._leases[lease.name] = dataclasses.replace(current, expires_s=0.0)

    def close(self) -> None:
        """Wake whoever waits for changes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _document(self, kind: str, key: str) -> Document | None:
        record = self._kinds.get(kind, {}).get(key)
        return None if record is None else Document(kind, key, json.loads(record.text), record.revision)

    def _keys(self, kind: str, where: Mapping[str, str]) -> set[str]:
        if not where:
            return set(self._kinds.get(kind, {}))
        found = [self._entries.get((kind, name, value), set()) for name, value in where.items()]
        return set.intersection(*sorted(found, key=len))

    def _apply(self, change: Put | Delete, text: str) -> None:
        existed = self._forget(change.kind, change.key)
        name = (change.kind, change.key)
        if isinstance(change, Delete) and not existed:
            return
        self._touched.pop(name, None)
        self._touched[name] = self._revision
        if isinstance(change, Delete):
            self._tombstones[name] = self._revision
            return
        self._tombstones.pop(name, None)
        self._kinds.setdefault(change.kind, {})[change.key] = _Record(text, self._revision, dict(change.index))
        for entry, value in change.index.items():
            self._entries.setdefault((change.kind, entry, value), set()).add(change.key)

    def _forget(self, kind: str, key: str) -> bool:
        record = self._kinds.get(kind, {}).pop(key, None)
        for name, value in record.index.items() if record else ():
            keys = self._entries[kind, name, value]
            keys.discard(key)
            if not keys:
                del self._entries[kind, name, value]
        return record is not None

    def _prune(self) -> None:
        floor = self._revision - self._history
        for name in [*itertools.takewhile(lambda name: self._tombstones[name] <= floor, self._tombstones)]:
            self._forgotten = self._tombstones.pop(name)
            del self._touched[name]
