"""The rules that every ledger keeps, whatever it writes to: what a document may hold, and how a lease changes hands."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratus.drivers.ledger.protocol import Delete, Lease, Put
from stratus.errors import BadInput, LedgerConflict

REREAD = "read it again and repeat the command"
_AS_IT_IS = frozenset((str, int, float, bool, type(None)))


def check_changes(changes: Sequence[Put | Delete]) -> list[str]:
    """The JSON text of each change (empty for a Delete). Raises BadInput for a commit that no ledger would take."""
    seen: set[tuple[str, str]] = set()
    for change in changes:
        check_name("kind", change.kind)
        check_name("key", change.key)
        if (change.kind, change.key) in seen:
            raise BadInput(f"{change.kind}/{change.key} is named twice in one commit")
        seen.add((change.kind, change.key))
        if isinstance(change, Delete) and change.expect == 0:
            raise BadInput(f"{change.kind}/{change.key}: a deletion cannot expect that nothing is there")
        if isinstance(change, Put):
            check_index(change.index)
    return [_body_text(change) if isinstance(change, Put) else "" for change in changes]


def check_name(what: str, name: str) -> None:
    """Raises BadInput for a kind, key or owner that is empty, or that not every ledger can keep."""
    if not name:
        raise BadInput(f"the {what} of a document must not be empty")
    check_text(what, name)


def check_text(what: str, text: str) -> None:
    """Raises BadInput for text with U+0000 or lone surrogates, or that is no text at all."""
    if not isinstance(text, str):
        raise BadInput(f"the {what} must be text, not {type(text).__name__}")
    if "\0" in text or not _is_unicode(text):
        raise BadInput(f"the {what} {text!r} holds U+0000 or half a character")


def check_index(entries: Mapping[str, str]) -> None:
    """Raises BadInput for index entries, or a search among them, that not every ledger can keep."""
    for name, value in entries.items():
        check_name("index name", name)
        check_text(f"index entry {name}", value)


def check_limit(limit: int | None) -> None:
    """Raises BadInput for a negative limit."""
    if limit is not None and limit < 0:
        raise BadInput(f"a listing of {limit} documents is senseless")


def check_expectation(change: Put | Delete, revision: int | None) -> None:
    """Raises LedgerConflict if `change` does not expect a document at `revision` (None: no document)."""
    if change.expect is None or change.expect == (revision or 0):
        return
    name = f"{change.kind}/{change.key}"
    if revision is None:
        raise LedgerConflict(f"{name} is gone (expected at revision {change.expect})", hint=REREAD)
    if change.expect == 0:
        raise LedgerConflict(f"{name} exists already (at revision {revision})", hint=REREAD)
    raise LedgerConflict(f"{name} was changed (expected revision {change.expect}, found {revision})", hint=REREAD)


def check_fence(fence: Lease, current: Lease | None, now_s: float) -> None:
    """Raises LedgerConflict if `fence` is not the lease that is in force under its name."""
    holds = current is not None and (current.owner, current.token) == (fence.owner, fence.token)
    if current is None or not holds or current.expires_s <= now_s:
        state = "has expired or was given back" if holds else "is somebody else's by now"
        raise LedgerConflict(f"the lease {fence.name} of {fence.owner} (token {fence.token}) {state}", hint=REREAD)


def next_lease(
    current: Lease | None, name: str, owner: str, ttl_s: float, now_s: float, has_ended: Callable[[str], bool]
) -> Lease | None:
    """What follows when `owner` asks for the lease `name`: renewed, with a new token, or None as another holds it.

    `has_ended` is asked about that other one: the lease of somebody who is surely dead is free at once."""
    check_name("lease", name)
    check_name("owner", owner)
    if not ttl_s > 0:
        raise BadInput(f"a lease of {ttl_s} s is senseless")
    if current is None:
        return Lease(name, owner, token=1, expires_s=now_s + ttl_s)
    if current.expires_s <= now_s:
        return Lease(name, owner, token=current.token + 1, expires_s=now_s + ttl_s)
    if current.owner == owner:
        return dataclasses.replace(current, expires_s=now_s + ttl_s)
    return Lease(name, owner, current.token + 1, now_s + ttl_s) if has_ended(current.owner) else None


def _body_text(put: Put) -> str:
    name = f"{put.kind}/{put.key}"
    if not isinstance(put.body, Mapping):
        raise BadInput(f"{name}: a document is an object, not {type(put.body).__name__}")
    try:
        text = json.dumps(_plain(put.body), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"{name} cannot be kept as JSON: {error}") from error
    if not _is_unicode(text):
        raise BadInput(f"{name} cannot be kept as JSON: a text in it holds half a character (a lone surrogate)")
    return text


def _plain(value: Any) -> Any:
    """`value` with every mapping as a dict; json itself would turn other keys into strings, and refuse mappings."""
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _AS_IT_IS else _plain(item) for item in value]
    if type(value) in _AS_IT_IS or not isinstance(value, Mapping):
        return value
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"the key {key!r} is not a string")
    return {key: item if type(item) in _AS_IT_IS else _plain(item) for key, item in value.items()}


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
