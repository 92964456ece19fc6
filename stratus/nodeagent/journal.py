"""The journal: what is about to be done, written before it is done, so that a killed agent knows where it was.

One file per order in hand, open from its first event on, one JSON line per event. A step that is about to be done is
synced. One that was done is not: a kill leaves that line, and after a power cut it would not count. When the order
ends, its report takes the place of the journal: a duplicate of the order is answered and not carried out again.
"""

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from stratus.durable import Sync, make_folder, sync_folder, write_whole
from stratus.errors import BadInput, StratusError
from stratus.model.codec import decode, encode
from stratus.model.order import Fault, Report, StepTiming
from stratus.model.values import dataclass
from stratus.nodeagent.life import boot_id

log = logging.getLogger(__name__)
KEPT_REPORTS = 2000
KEPT_GENERATIONS_S = 30 * 86400.0


@dataclass(frozen=True)
class Past:
    """What an earlier life of the agent did for an order: the timings of its finished steps, by step number; the steps
    that it began; and, when it failed and was being undone, why, with the timing of the step that failed.

    What was finished before the machine was started anew is not: bridges, ports and running domains went with it. All
    is done once more then, and stays as it is where it still is."""

    finished: dict[int, StepTiming]
    begun: frozenset[int]
    fault: Fault | None = None
    failed: StepTiming | None = None


@dataclass(frozen=True)
class Seen:
    """The newest order that was carried out for an instance; the life of the front end counts before the generation."""

    epoch: int
    generation: int
    order_id: str


class Journal:
    """The journal below one folder. One process writes at a time, and of one order one thread. `boot` tells the starts
    of the machine apart; `sync` waits until a file or folder is on the disk."""

    def __init__(self, folder: str, *, boot: Callable[[], str] = boot_id, sync: Sync = os.fsync) -> None:
        self._boot, self._sync = boot(), sync
        self._open, self._ended = Path(folder, "open"), Path(folder, "ended")
        self._seen = Path(folder, "seen")
        self._files: dict[str, BinaryIO] = {}  # of the orders in hand
        for path in (self._open, self._ended, self._seen):
            make_folder(path, sync=sync)

    def past(self, order_id: str) -> Past:
        """What was written of an order so far; a last line that was cut off by a power failure does not count.

        Raises StratusError naming the file when another line is damaged."""
        try:
            return self._past(order_id)
        except (ValueError, KeyError, TypeError, BadInput) as error:
            path = self._open / _name(order_id)
            raise StratusError(f"the journal {path} is damaged: {error}", hint=f"less {path}") from error

    def _past(self, order_id: str) -> Past:
        finished: dict[int, StepTiming] = {}
        begun: set[int] = set()
        fault, failed = None, None
        for event in self._events(order_id):
            if event["event"] == "begin":
                begun.add(int(event["step"]))
            elif event["event"] == "finish" and event.get("boot", self._boot) == self._boot:
                finished[int(event["step"])] = decode(StepTiming, event["timing"])
            elif event["event"] == "undo":
                fault, failed = decode(Fault, event["fault"]), decode(StepTiming, event["timing"])
        return Past(finished, frozenset(begun), fault, failed)

    def begin(self, order_id: str, step: int) -> None:
        """Step number `step` is about to be done."""
        self._write(order_id, {"event": "begin", "step": step})

    def finish(self, order_id: str, step: int, timing: StepTiming) -> None:
        """It has been done, or was done already; in the machine's next life that counts for nothing."""
        event = {"event": "finish", "step": step, "timing": encode(timing), "boot": self._boot}
        self._write(order_id, event, synced=False)

    def undo(self, order_id: str, fault: Fault, timing: StepTiming) -> None:
        """The order failed at the step that `timing` tells of; what it did is about to be undone."""
        self._write(order_id, {"event": "undo", "fault": encode(fault), "timing": encode(timing)})

    def end(self, report: Report) -> None:
        """The order has ended; its report is kept, and its journal is not needed any more."""
        write_whole(self._ended / _name(report.order_id), json.dumps(encode(report)).encode(), sync=self._sync)
        self._close(report.order_id)
        (self._open / _name(report.order_id)).unlink(missing_ok=True)

    def ended(self, order_id: str) -> Report | None:
        """The report of an order that ended, or None. A damaged one is as good as none: the order is carried out once
        more, and finds done what was done."""
        path = self._ended / _name(order_id)
        try:
            return decode(Report, json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, BadInput) as error:
            log.error("%s is damaged: %s", path, error)
            return None

    def seen(self, instance_id: int) -> Seen:
        """The newest order that was carried out for an instance."""
        try:
            generation, order_id, *epoch = (self._seen / str(instance_id)).read_text().split()
            return Seen(int(epoch[0]) if epoch else 1, int(generation), order_id)
        except (FileNotFoundError, ValueError):
            return Seen(0, 0, "")

    def saw(self, instance_id: int, seen: Seen) -> None:
        """From now on, older orders about the instance are refused."""
        line = f"{seen.generation} {seen.order_id} {seen.epoch}\n"
        write_whole(self._seen / str(instance_id), line.encode(), sync=self._sync)

    def in_hand(self) -> list[str]:
        """The orders that were begun and have not ended."""
        return [path.name for path in _whole_files(self._open)]

    def reported(self) -> list[str]:
        """The orders whose reports are kept, by age."""
        return [path.name for path in _whole_files(self._ended)]

    def instances(self) -> dict[str, int]:
        """The highest generation that was carried out, by instance."""
        names = [path.name for path in _whole_files(self._seen)]
        return {name: self.seen(int(name)).generation for name in names if name.isdecimal()}

    def prune(self, now_s: float) -> None:
        """Forget the oldest reports beyond KEPT_REPORTS, generations that nothing has asked for in a long time, and the
        journals of orders that have ended: an agent may be killed, or the power cut, just before that was done."""
        for path in _whole_files(self._open):
            if (self._ended / path.name).exists():
                path.unlink(missing_ok=True)
        for path in _whole_files(self._ended)[:-KEPT_REPORTS]:
            path.unlink(missing_ok=True)
        in_hand = {path.name.rpartition("-")[2] for path in _whole_files(self._open)}
        for path in _whole_files(self._seen):
            with suppress(FileNotFoundError):
                if now_s - path.stat().st_mtime > KEPT_GENERATIONS_S and path.name not in in_hand:
                    path.unlink()

    def _events(self, order_id: str) -> Iterator[dict[str, Any]]:
        try:
            content = (self._open / _name(order_id)).read_bytes()
        except FileNotFoundError:
            return
        yield from map(json.loads, content[: _whole(content)].splitlines())

    def _write(self, order_id: str, event: dict[str, Any], *, synced: bool = True) -> None:
        try:
            file = self._files.get(order_id) or self._opened(order_id)
            file.write(json.dumps(event).encode() + b"\n")
            file.flush()
            if synced:
                self._sync(file.fileno())
        except BaseException:
            self._close(order_id)  # the line may be torn; who opens the file again cuts it off
            raise

    def _opened(self, order_id: str) -> BinaryIO:
        path = self._open / _name(order_id)
        file = self._files[order_id] = path.open("a+b")
        file.seek(0)
        content = file.read()
        if len(content) != (length := _whole(content)):
            file.truncate(length)
        sync_folder(path.parent, sync=self._sync)  # of one that is there too: who made it may not have come so far
        return file

    def _close(self, order_id: str) -> None:
        file = self._files.pop(order_id, None)
        if file is not None:
            with suppress(OSError):  # of what could not be written, once more
                file.close()


def _name(order_id: str) -> str:
    if not order_id or not all(c.isalnum() or c == "-" for c in order_id):
        raise BadInput(f"{order_id!r} is no order id")
    return order_id


def _whole_files(folder: Path) -> list[Path]:
    """The files by name; what is just being written aside is left alone, and so are folders and links: not ours."""
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if e.is_file(follow_symlinks=False) and not e.name.startswith(".")]
    return [folder / name for name in sorted(names)]


def _whole(content: bytes) -> int:
    """The length of what was written to its end: of what was not synced, a power cut leaves parts, and NULs between.
    The next line must not be glued to that."""
    torn = content.find(b"\0")
    return content.rfind(b"\n", 0, torn if torn >= 0 else len(content)) + 1
