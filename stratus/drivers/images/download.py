"""An image over HTTP into a file, taken up again where an earlier try stopped.

Beside the partial file lies a small record of the entity it is a part of (ETag, Last-Modified, length). Only bytes of
that same entity are ever appended; when the server has another one, or cannot serve ranges, it begins again.
"""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from stratus.drivers.images.files import FreeBytes, free_bytes, read_json, require_space, write_json
from stratus.drivers.images.http import Answer, Interrupted, http_get
from stratus.drivers.images.limits import MIB, Limits
from stratus.drivers.images.location import without_password
from stratus.errors import BadInput, CommandFailed, Denied, NotFound, StratusError
from stratus.model.values import dataclass

_READ_BYTES = 1 << 18
_SPACE_STEP_BYTES = 64 * MIB
_PAUSES_S = (0.2, 1.0, 3.0, 10.0)


@dataclass(frozen=True)
class Entity:
    """What the server says of the content, so that it is known again."""

    etag: str = ""
    last_modified: str = ""
    total: int = 0  # 0 = not said

    @property
    def validator(self) -> str:
        """What If-Range may carry: a strong ETag, else the date; "" = the entity cannot be known again."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.last_modified

    def is_same(self, other: "Entity") -> bool:
        """Whether `other` may be the same content."""
        return (self.etag, self.last_modified) == (other.etag, other.last_modified) and (
            self.total == other.total or not (self.total and other.total)
        )


@dataclass(frozen=True)
class Downloader:
    """How downloads are made: what is allowed, and how time and space are measured."""

    limits: Limits = field(default_factory=Limits)
    free: FreeBytes = free_bytes
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def download(
        self,
        url: str,
        part: Path,
        *,
        known: Entity | None,
        trusted: bool,
        progress: Callable[[int, int], None],
        public_only: bool = False,
    ) -> Entity | None:
        """Bring `url` whole into `part`; None when the server says that it still is the `known` entity.

        `trusted`: its checksum is known, so that a redirect away from https does no harm. `public_only`: from no
        server that only this machine's networks reach, whatever names and redirects say. On an error of the network
        the part stays for another try. Raises NotFound, Denied, BadInput, NoCapacity, CommandFailed."""
        failures, furthest = 0, _resumable(part)[1]  # a part that is begun again gains nothing by it
        while True:
            try:
                return self._try(url, part, known, trusted, progress, public_only)
            except Interrupted as trouble:
                have = _resumable(part)[1]
                failures = 1 if have >= furthest + MIB else failures + 1
                furthest = max(furthest, have)
                if failures >= self.limits.tries or not trouble.passing:
                    raise _given_up(url, trouble) from trouble
                self.pause(_PAUSES_S[min(failures, len(_PAUSES_S)) - 1])

    def _try(
        self,
        url: str,
        part: Path,
        known: Entity | None,
        trusted: bool,
        progress: Callable[[int, int], None],
        public_only: bool,
    ) -> Entity | None:
        entity, have = _resumable(part)
        headers = _conditions(entity, have, known)
        with http_get(url, headers, limits=self.limits, allow_downgrade=trusted, public_only=public_only) as answer:
            if answer.status == 304 and known is not None and not have:
                return None
            found, start = _accepted(url, answer, entity, have, part)
            if found.total > self.limits.download_bytes:
                raise _too_large(found.total, self.limits.download_bytes)
            require_space(part.parent, max(0, found.total - start), self.limits.keep_free_bytes, self.free)
            if answer.status == 416:
                return found
            return self._receive(answer, part, found, start, progress)

    def _receive(
        self, answer: Answer, part: Path, entity: Entity, start: int, progress: Callable[[int, int], None]
    ) -> Entity:
        """Append the answer's content to the part; what was received is recorded also when it breaks off."""
        done = synced = start
        with open(part, "r+b" if start else "wb") as file:
            file.truncate(start)
            file.seek(start)
            _record(part, entity, start)
            pace = Pace(self.limits, self.clock)
            try:
                while piece := answer.read(_READ_BYTES):
                    file.write(piece)
                    done += len(piece)
                    if done > self.limits.download_bytes:
                        raise _too_large(done, self.limits.download_bytes)
                    if done // _SPACE_STEP_BYTES != (done - len(piece)) // _SPACE_STEP_BYTES:
                        require_space(part.parent, 0, self.limits.keep_free_bytes, self.free)
                    if done - synced >= self.limits.sync_every_bytes:
                        synced = _sync(file.fileno(), file.flush, part, entity, done)
                    progress(done, entity.total)
                    pace.received(len(piece))
            finally:
                _sync(file.fileno(), file.flush, part, entity, done)
        if entity.total and done != entity.total:
            raise Interrupted(f"the connection ended after {done} of {entity.total} bytes")
        return entity


class Pace:
    """Notices a server that sends just enough to keep the connection open."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits, self._clock = limits, clock
        self._since, self._bytes = clock(), 0

    def received(self, count: int) -> None:
        """Count bytes. Raises Interrupted when a whole period had too few."""
        self._bytes += count
        elapsed = self._clock() - self._since
        if elapsed < self._limits.slow_s:
            return
        if self._bytes < self._limits.least_bytes_per_s * elapsed:
            raise Interrupted(
                f"the server is too slow: {self._bytes} bytes in {elapsed:.0f} s,"
                f" at least {self._limits.least_bytes_per_s} in a second are wanted"
            )
        self._since, self._bytes = self._clock(), 0


def record_path(part: Path) -> Path:
    """Where the record of a part lies."""
    return part.with_name(part.name + ".json")


def discard(part: Path) -> None:
    """Remove a part and its record."""
    part.unlink(missing_ok=True)
    record_path(part).unlink(missing_ok=True)


def _conditions(entity: Entity, have: int, known: Entity | None) -> dict[str, str]:
    if have:
        return {"Range": f"bytes={have}-", "If-Range": entity.validator}
    if known is not None and known.etag:
        return {"If-None-Match": known.etag}
    if known is not None and known.last_modified:
        return {"If-Modified-Since": known.last_modified}
    return {}


def _accepted(url: str, answer: Answer, entity: Entity, have: int, part: Path) -> tuple[Entity, int]:
    """The entity that is being received and the byte it goes on at. Raises the right error for anything else."""
    shown = without_password(url)
    found = Entity(answer.header("ETag"), answer.header("Last-Modified"), answer.length)
    if answer.status == 200:
        return found, 0
    if have and answer.status in (206, 416):
        start, total = answer.content_range()
        whole = Entity(found.etag or entity.etag, found.last_modified or entity.last_modified, total or entity.total)
        if answer.status == 206 and start == have and entity.is_same(whole):
            return whole, have
        if answer.status == 416 and total == have and entity.is_same(whole):
            return whole, have  # the part is already the whole
        discard(part)
        raise Interrupted(f"the image at {shown} has changed since a part of it was received")
    if answer.status in (404, 410):
        raise NotFound(f"there is no image at {shown} (HTTP {answer.status})", hint="check the address in a browser")
    if answer.status in (401, 403):
        raise Denied(f"the server does not let us have {shown} (HTTP {answer.status})")
    passing = answer.status in (408, 425, 429) or answer.status >= 500
    raise Interrupted(f"the server answers with HTTP {answer.status} {answer.reason}", passing=passing)


def entity_in(record: object) -> Entity | None:
    """The entity that a record (JSON) describes; None when it describes none."""
    if not isinstance(record, dict):
        return None
    try:
        return Entity(str(record["etag"]), str(record["last_modified"]), int(record["total"]))
    except (KeyError, TypeError, ValueError):
        return None


def _resumable(part: Path) -> tuple[Entity, int]:
    """The entity of the part and how many bytes of it are safely there; 0 when it cannot be taken up again."""
    record = read_json(record_path(part))
    entity = entity_in(record)
    synced = record.get("synced")
    if entity is None or not entity.validator or not isinstance(synced, int) or not part.exists():
        return Entity(), 0
    return entity, min(synced, part.stat().st_size)


def _record(part: Path, entity: Entity, synced: int) -> None:
    fields: dict[str, Any] = asdict(entity)
    write_json(record_path(part), {**fields, "synced": synced})


def _sync(fd: int, flush: Callable[[], None], part: Path, entity: Entity, done: int) -> int:
    """What the record promises to be there must be on the disk first."""
    with contextlib.suppress(OSError):  # a full disk is told by the write that failed
        flush()
        os.fsync(fd)
        _record(part, entity, done)
    return done


def _too_large(size: int, limit: int) -> BadInput:
    return BadInput(f"the image has {size} bytes to transfer; at most {limit} are allowed")


def _given_up(url: str, trouble: Interrupted) -> StratusError:
    return CommandFailed(
        f"cannot fetch {without_password(url)}: {trouble}",
        hint="try again; what was received is kept and the download goes on from there",
    )
