"""A queue in a directory, in dirq's format: what dirq lacks (syncs, owners, tries, a poison box) is added around it.

<path>/6929d0c0/6929d0e3a1b2c4      an element, by dirq: its minute, then its moment
<path>/6929d0c0/6929d0e3a1b2c4.lck  a second name of that file while somebody has it in hand; its time is the beat
<path>/claims/6929d0c0-6929d0...    who that is, and how often it was tried
<path>/poison/6929d0c0-6929d0...    what was given up; the reason beside it in *.reason
<path>/archive/6929d0c0-6929d0...   the last elements that were finished
<path>/aside/                       files being written
<path>/lock                         held (flock) for the moment of each change but put, and let go by a kill
"""

import errno
import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dirq.QueueSimple import LOCKED_SUFFIX, QueueSimple

from stratus.drivers.queue.holder import Holder, is_dead, new_holder
from stratus.drivers.queue.protocol import Claim, Poisoned
from stratus.drivers.queue.records import Record, Records, flat
from stratus.drivers.queue.refusals import explained, number_of
from stratus.drivers.queue.strays import MINUTE, is_element, strays
from stratus.durable import Sync, make_folder, sync_folder, write_draft, write_whole
from stratus.errors import BadInput, Conflict, DeadlineExceeded

log = logging.getLogger(__name__)

_NAME = re.compile(r"[0-9a-f]{8}/[0-9a-f]{14}")
_OURS = ("aside", "archive", "claims", "poison")
MAX_BYTES = 32 * 2**20  # twice what one line of the link may carry
_LOCK_TIMEOUT_S = 30.0
_LINK_TRIES = 1000
_FORGOTTEN_DRAFT_S = 3600.0


class DirQueue:
    """A queue below `path`, made if it is missing (0700). Used by any number of processes and threads of one machine.

    A claim is free again when its process has died, or after `stale_s` without `touch`. The last `archive_keep`
    elements that were finished or removed are kept (0: none). `sync` waits until a file or folder is on the disk;
    `has_died` is asked of a claim's process.
    Order is by the clock: strict for one process while the clock does not go back."""

    def __init__(
        self,
        path: str | Path,
        *,
        stale_s: float = 60.0,
        max_tries: int = 3,
        clock: Callable[[], float] = time.time,
        archive_keep: int = 100,
        sync: Sync = os.fsync,
        has_died: Callable[[Holder], bool] = is_dead,
    ) -> None:
        self._path = Path(path)
        self._stale_s = stale_s
        self._max_tries = max_tries
        self._clock = clock
        self._archive_keep = archive_keep
        self._sync = sync
        self._has_died = has_died
        self._threads = threading.Lock()
        self._records = Records(self._path / "claims", self._path / "aside", sync)
        with explained(self._path):
            for folder in _OURS:
                make_folder(self._path / folder, sync=sync)
            self._dirq = QueueSimple(str(self._path))
        with self._alone():
            self._sweep()

    def put(self, body: bytes) -> str:
        """Add one element; when this returns it has reached the disk. Gives its name."""
        if not isinstance(body, bytes):
            raise BadInput(f"a queue carries bytes, not {type(body).__name__}")
        with explained(self._path):
            draft = self._path / "aside" / os.urandom(16).hex()
            write_draft(draft, body, sync=self._sync)
            name = self._link(draft)
            sync_folder((self._path / name).parent, sync=self._sync)
            sync_folder(self._path, sync=self._sync)
        return name

    def claim(self) -> Claim | None:
        """The oldest element that nobody has in hand, or None; `spent` if it was tried too often."""
        with self._alone():
            for name in self._names():
                claim = self._try(name)
                if claim is not None:
                    return claim
            return None

    def touch(self, claim: Claim) -> None:
        """Say that the claim is still being worked on. Raises Conflict if somebody else holds it by now."""
        with self._alone():
            if not self._is_mine(claim):
                raise Conflict(f"{claim.name} is not in hand any more: it was finished, or given to somebody else")
            self._beat(claim.name)

    def finish(self, claim: Claim) -> None:
        """Remove it for good; nothing happens if it is gone, or if somebody else holds it by now."""
        with self._alone():
            if self._is_mine(claim):
                self._put_away(claim.name)

    def release(self, claim: Claim, *, reason: str) -> None:
        """Give it back for another try; after `max_tries` it goes to the poison box with `reason`."""
        with self._alone():
            if not self._is_mine(claim):
                return
            if claim.tries >= self._max_tries:
                self._poison(claim.name, reason)
                return
            self._dirq.unlock(claim.name, permissive=True)
            self._records.put(claim.name, Record(claim.tries, reason))

    def bodies(self, *, limit: int) -> list[tuple[str, bytes]]:
        """Up to `limit` of the oldest elements, claimed or not, without claiming them: (name, body)."""
        found: list[tuple[str, bytes]] = []
        with explained(self._path):
            for name in self._names():
                if len(found) >= limit:
                    break
                with suppress(FileNotFoundError):  # removed since it was listed
                    if not self._why_not(name):
                        found.append((name, (self._path / name).read_bytes()))
        return found

    def remove(self, name: str) -> None:
        """Remove an element that was read by `bodies`, by name; nothing happens if it is gone."""
        _check_name(name)
        with self._alone():
            if (self._path / name).exists():
                self._put_away(name)

    def give_up(self, name: str, *, reason: str) -> None:
        """Put an element that was read by `bodies` into the poison box; nothing happens if it is gone."""
        _check_name(name)
        with self._alone():
            if (self._path / name).exists():
                self._poison(name, reason)

    def poisoned(self) -> list[Poisoned]:
        """What was given up, in the order of arrival."""
        box, found = self._path / "poison", []
        with explained(self._path):
            for path in sorted(box.iterdir()):
                name = path.name.replace("-", "/")
                if _NAME.fullmatch(name):
                    note = path.with_suffix(".reason")
                    reason = note.read_text() if note.exists() else "the reason was lost"
                    found.append(Poisoned(name, path.read_bytes(), reason))
        return found

    def place(self, name: str) -> str:
        """Where an element will lie when it has been given up."""
        return f"{self._path}/poison/{flat(name)}"

    def strays(self) -> list[tuple[str, str]]:
        """What lies here and will never be worked on: the poison box's content, and what is no element at all."""
        with explained(self._path):
            return sorted(strays(self._path, frozenset((*_OURS, "lock"))))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the queue meanwhile (but put adds to it). A killed process does not keep others out."""
        with self._threads, explained(self._path):
            descriptor = os.open(self._path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                self._wait_for_lock(descriptor)
                yield
            finally:
                os.close(descriptor)

    def _wait_for_lock(self, descriptor: int) -> None:
        deadline = time.monotonic() + _LOCK_TIMEOUT_S
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    hint = f"who holds it: fuser -v {self._path}/lock"
                    raise DeadlineExceeded(f"the queue {self._path} is locked by a process", hint=hint) from None
                time.sleep(0.002)

    def _link(self, draft: Path) -> str:
        """Give the draft its name. Repeated when the minute's folder is tidied away just as dirq makes or uses it."""
        for _ in range(_LINK_TRIES):
            try:
                return str(self._dirq.add_path(str(draft)))
            except OSError as error:
                if number_of(error) not in (errno.ENOENT, errno.EEXIST) or not draft.exists():
                    draft.unlink(missing_ok=True)
                    raise
        raise FileExistsError(errno.EEXIST, f"no name is free for {draft}")

    def _names(self) -> Iterator[str]:
        """The elements, oldest first, one folder read at a time; empty folders that are not the newest are removed."""
        minutes = sorted(entry for entry in os.listdir(self._path) if MINUTE.fullmatch(entry))
        for minute in minutes:
            elements, others = self._read_folder(minute)
            yield from (f"{minute}/{element}" for element in elements)
            if not elements and not others and minute != minutes[-1]:
                with suppress(OSError):  # an element came, or another was faster
                    os.rmdir(self._path / minute)

    def _read_folder(self, minute: str) -> tuple[list[str], list[str]]:
        """The names of the elements in order, and those of everything else, which is left alone."""
        elements: list[str] = []
        others: list[str] = []
        try:
            with os.scandir(self._path / minute) as entries:
                for entry in entries:
                    (elements if is_element(entry) else others).append(entry.name)
        except (FileNotFoundError, NotADirectoryError):  # tidied away meanwhile; or never ours
            return [], [minute]
        return sorted(elements), others

    def _why_not(self, name: str) -> str:
        """Why nobody may read an element that somebody else put there; "" for one of ours."""
        there = os.lstat(self._path / name)
        if there.st_size > MAX_BYTES:
            return f"it has {there.st_size} bytes, more than the {MAX_BYTES} of an element"
        if there.st_uid != os.geteuid():
            return f"it belongs to user {there.st_uid}, not to {os.geteuid()}, whose queue this is"
        return ""

    def _try(self, name: str) -> Claim | None:
        """Take the element in hand, unless somebody has it; the record comes first, so that no try is forgotten."""
        record = self._records.get(name)
        if self._is_held(name, record):
            return None
        reason = _silence(record.holder) if record.holder else record.reason
        refusal = self._why_not(name) or (reason if record.tries >= 2 * self._max_tries else "")
        if refusal:
            self._poison(name, refusal)
            return None
        holder = new_holder()
        self._records.put(name, Record(record.tries + 1, reason, holder))
        self._dirq.unlock(name, permissive=True)
        if not self._dirq.lock(name):  # removed by hand this moment
            return None
        self._beat(name)
        spent = reason if record.tries >= self._max_tries else ""
        return Claim(name, self._dirq.get(name), record.tries + 1, holder.token, spent)

    def _is_held(self, name: str, record: Record) -> bool:
        try:
            beat_s = os.stat(self._dirq.get_path(name)).st_mtime
        except FileNotFoundError:
            return False
        if record.holder is not None and self._has_died(record.holder):
            return False
        # A beat from the time to come: the clock was set back, and says nothing of it any more.
        return 0 <= self._clock() - beat_s <= self._stale_s

    def _is_mine(self, claim: Claim) -> bool:
        holder = self._records.get(claim.name).holder
        return holder is not None and holder.token == claim.token and os.path.exists(self._dirq.get_path(claim.name))

    def _beat(self, name: str) -> None:
        now_s = self._clock()
        os.utime(self._dirq.get_path(name), (now_s, now_s))

    def _put_away(self, name: str) -> None:
        """Take the element out of the queue, for good or to the archive."""
        with suppress(FileNotFoundError):
            if self._archive_keep > 0:
                os.replace(self._path / name, self._path / "archive" / flat(name))
            else:
                os.unlink(self._path / name)
        self._forget(name)
        kept = sorted(os.listdir(self._path / "archive"))
        for old in kept[: max(0, len(kept) - self._archive_keep)]:
            (self._path / "archive" / old).unlink(missing_ok=True)

    def _poison(self, name: str, reason: str) -> None:
        """Move the element to the poison box; its reason goes first, so that it never lies there without one."""
        log.info("%s: gave up %s: %s", self._path, name, reason)
        box = self._path / "poison"
        note = box / f"{flat(name)}.reason"
        draft = self._path / "aside" / os.urandom(16).hex()
        write_whole(note, reason.encode(errors="replace"), draft=draft, sync=self._sync)
        os.replace(self._path / name, box / flat(name))
        sync_folder(box, sync=self._sync)
        self._forget(name)

    def _forget(self, name: str) -> None:
        self._dirq.unlock(name, permissive=True)
        sync_folder((self._path / name).parent, sync=self._sync)
        self._records.drop(name)

    def _sweep(self) -> None:
        """Remove what killed processes left: drafts, records and locks of elements that are gone."""
        for draft in (self._path / "aside").iterdir():
            with suppress(FileNotFoundError):
                if self._clock() - draft.stat().st_mtime > _FORGOTTEN_DRAFT_S:
                    draft.unlink()
        for name in self._records.names():
            if not (self._path / name).exists():
                self._records.drop(name)
        for lock in self._path.glob(f"*/*{LOCKED_SUFFIX}"):
            name = f"{lock.parent.name}/{lock.name.removesuffix(LOCKED_SUFFIX)}"
            if _NAME.fullmatch(name) and not (self._path / name).exists():
                lock.unlink()


def _check_name(name: str) -> None:
    """It comes from another machine, and must not lead elsewhere."""
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} is not the name of a queue's element")


def _silence(holder: Holder) -> str:
    return f"process {holder.pid} on {holder.host} died or fell silent while it had the element in hand"
