"""The image store in a directory: each content once, read-only, under its identifier.

    ROOT/ID.raw ID.qcow2    content             ROOT/work/KEY.part   a download that is not whole yet
    ROOT/ID.json            its facts           ROOT/work/KEY.aside  content that is being written
    ROOT/ID.verified        its last check      ROOT/work/KEY.origin what a location gave last time

KEY is made from the location. One fetch of a location runs at a time, in all processes of the machine; it alone
touches the files of its KEY, so that what a killed one left is simply taken over.
"""

import contextlib
import dataclasses
import errno
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from stratus.drivers.images import flight
from stratus.drivers.images.arrival import Arrival, receive, require_agreement
from stratus.drivers.images.download import Downloader
from stratus.drivers.images.files import FreeBytes, free_below, free_bytes, read_json, require_space, write_json
from stratus.drivers.images.limits import Limits
from stratus.drivers.images.location import Location, parse_location, require_sound_source
from stratus.drivers.images.lock import turn
from stratus.drivers.images.opening import Opened, open_local, open_remote
from stratus.drivers.images.protocol import Doing, Progress, unrecorded
from stratus.drivers.images.qemu_img import require_sound_qcow2
from stratus.drivers.images.shelf import Shelf
from stratus.drivers.images.steps import Look, guess, import_steps, look_at
from stratus.drivers.images.sweep import sweep
from stratus.durable import make_folder
from stratus.errors import BadInput, CommandFailed, NoCapacity, NotFound, StratusError
from stratus.model.identifier import identifier_of
from stratus.model.image import ImageFacts, ImageSource
from stratus.model.inspection import ImageSeen
from stratus.model.steps.images import ExamineImage, ImportSteps


class DirectoryImageStore:
    """An ImageStore in the directory `root`, which is made when the first image comes."""

    def __init__(
        self,
        root: str | Path,
        *,
        limits: Limits | None = None,
        free: FreeBytes = free_bytes,
        downloader: Downloader | None = None,
    ) -> None:
        self._root = Path(root).absolute()
        self._work = self._root / "work"
        self._limits = limits or Limits()
        self._free = free
        self._downloader = downloader or Downloader(self._limits, free)
        self._shelf = Shelf(self._root, self._work)

    def steps(self, source: ImageSource, *, unseen: bool = False) -> ImportSteps:
        """What `fetch` would do; see ImageStore."""
        require_sound_source(source)
        location = parse_location(source.location)
        look, size = guess(location, source), None
        if location.path:
            try:
                look, size = self._seen(location, source)
            except StratusError:
                if not unseen:
                    raise
        steps = import_steps(self._root, location, source, look, self._limits)
        return dataclasses.replace(steps, size_bytes=size)

    def _seen(self, location: Location, source: ImageSource) -> tuple[Look, int | None]:
        """What a file of this machine is, and how much of the store it would take if that is known already."""
        with _told_as_ours(location), open_local(location.path, {}, lambda _: None) as opened:
            assert opened is not None  # no mark is the mark of nothing
            look = look_at(opened.stream, source, limits=self._limits)
            return look, os.fstat(opened.stream.fileno()).st_size if look.compression == "none" else None

    def fetch(self, source: ImageSource, *, progress: Progress, doing: Doing = unrecorded) -> ImageFacts:
        """Bring it in; see ImageStore. Phases: wait, download, copy or decompress, check."""
        require_sound_source(source)
        location = parse_location(source.location)
        make_folder(self._root, mode=0o755)
        make_folder(self._work)
        known = self._already_kept(source)
        if known is not None:
            return known
        lock = self._work / f"{location.key}.lock"
        while True:
            with turn(lock, wait_s=self._limits.wait_s, on_wait=lambda: progress("wait", 0, 0)) as held:
                if not held.outcome:
                    outcome = flight.Outcome()
                    try:
                        facts, outcome = self._bring_in(location, source, progress, doing)
                        return facts
                    except StratusError as error:
                        outcome = flight.failed(error, source)
                        raise
                    finally:
                        if outcome != flight.Outcome():
                            held.leave(outcome.for_others())
                shared = self._shared(flight.read_outcome(held.outcome), source)
                if shared is not None:
                    return shared

    def get(self, identifier: str) -> ImageFacts | None:
        """The image, or None. Raises BadInput naming the file when its record is damaged."""
        return self._shelf.get(identifier)

    def all(self) -> list[ImageFacts]:
        """Every image, by identifier; those with a damaged record are left out and logged."""
        return self._shelf.all()

    def survey(self) -> tuple[ImageSeen, ...]:
        """Every image with its health, also what is damaged or incomplete."""
        return self._shelf.survey()

    def verify(self, identifier: str) -> None:
        """Read the content again, unless the kernel says that it is untouched. Raises BadInput, NotFound."""
        self._shelf.verify(identifier)

    def read(self, identifier: str, offset: int, count: int) -> bytes:
        """A piece of the content; see ImageStore."""
        facts = self._shelf.get(identifier)
        if facts is None:
            raise NotFound(f"there is no image {identifier}", hint="see what there is: stratus image list")
        with open(facts.path, "rb", buffering=0) as file:
            return os.pread(file.fileno(), count, offset)

    def receive(self, facts: ImageFacts, offset: int, piece: bytes) -> int:
        """Take a piece of an image that is sent here; see Shelf."""
        return self._shelf.receive(facts, offset, piece)

    def delete(self, identifier: str) -> None:
        """Remove the image; nothing happens if it is not there."""
        self._shelf.delete(identifier)

    def free_bytes(self) -> int:
        """What images may still take; see ImageStore."""
        return max(0, free_below(self._root, self._free) - self._limits.keep_free_bytes)

    def clean(self, older_than_s: float) -> list[str]:
        """Remove what interrupted fetches left and nobody took up for so long; give the names of the files."""
        return sweep(self._shelf, self._work, older_than_s)

    def _already_kept(self, source: ImageSource) -> ImageFacts | None:
        """The image with the expected checksums, if it is here and sound; nothing is read from the source then."""
        expected = dict(source.expected)
        if not expected or source.afresh:
            return None
        found = [self._shelf.readable(identifier_of(expected["sha1"]))] if "sha1" in expected else self._shelf.all()
        for facts in found:
            if facts is None or not _has(facts, source) or source.format not in ("", facts.format):
                continue
            with contextlib.suppress(BadInput, NotFound):  # damaged or just deleted: it is fetched again
                self._shelf.verify(facts.identifier)
                return facts
        return None

    def _shared(self, outcome: flight.Outcome, source: ImageSource) -> ImageFacts | None:
        """What the fetch for which we waited has brought; None = it helps us not. Raises its error if it is ours."""
        if not outcome.is_for(source):
            return None
        outcome.raise_if_shared(source)
        facts = self._shelf.get(outcome.identifier) if outcome.identifier else None
        if facts is not None:
            require_agreement(facts, outcome.compression, source)
        return facts

    def _bring_in(
        self, location: Location, source: ImageSource, progress: Progress, doing: Doing
    ) -> tuple[ImageFacts, flight.Outcome]:
        """Get what the location has now, or notice that it is what it gave last time."""
        origin_path = self._work / f"{location.key}.origin"
        origin = read_json(origin_path)
        kept = self._kept_from(origin)
        with _told_as_ours(location), self._open(location, source, origin if kept else {}, progress, doing) as opened:
            if opened is not None:
                facts, compression = self._import(opened, location, source, progress, doing)
                mark = {"identifier": facts.identifier, "compression": compression, **opened.mark}
                write_json(origin_path, mark)
            elif kept is not None:
                facts, compression = kept, str(origin.get("compression", ""))
                require_agreement(facts, compression, source)
            else:
                raise CommandFailed(f"{location.shown} is said to be unchanged, but was not here before")
        return facts, flight.Outcome(
            identifier=facts.identifier, compression=compression, public_only=source.public_only
        )

    def _kept_from(self, origin: dict[str, Any]) -> ImageFacts | None:
        facts = self._shelf.readable(str(origin.get("identifier", "")))
        return facts if facts is not None and self._shelf.is_unchanged(facts) else None

    def _open(
        self, location: Location, source: ImageSource, last: dict[str, Any], progress: Progress, doing: Doing
    ) -> AbstractContextManager[Opened | None]:
        if location.path:
            return open_local(location.path, last, self._require_space)
        download = import_steps(self._root, location, source, guess(location, source), self._limits).download
        assert download is not None
        return open_remote(
            location.url,
            Path(download.part),
            last,
            self._downloader,
            self._require_space,
            trusted=bool(source.expected),
            public_only=source.public_only,
            progress=progress,
            doing=doing(download),
        )

    def _import(
        self, opened: Opened, location: Location, source: ImageSource, progress: Progress, doing: Doing
    ) -> tuple[ImageFacts, str]:
        """Write the content aside, examine it there, and put it on the shelf."""
        look = look_at(opened.stream, source, limits=self._limits)
        steps = import_steps(self._root, location, source, look, self._limits)
        aside = Path(steps.take_in.aside)
        fd = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            with doing(steps.take_in):
                arrival = receive(
                    opened.stream,
                    os.fstat(opened.stream.fileno()).st_size,
                    fd,
                    source,
                    limits=self._limits,
                    progress=progress,
                    require_space=lambda: self._require_space(0),
                )
                opened.require_unchanged()
            if steps.examine is not None:
                progress("check", 0, 0)
                with doing(steps.examine):
                    self._examine(steps.examine, arrival)
            facts = arrival.facts("")
            with doing(dataclasses.replace(steps.keep, identifier=facts.identifier)):
                os.fchmod(fd, 0o444)
                os.fsync(fd)
                return self._shelf.keep(aside, facts), arrival.compression
        finally:
            os.close(fd)
            aside.unlink(missing_ok=True)

    def _examine(self, step: ExamineImage, arrival: Arrival) -> None:
        virtual = require_sound_qcow2(
            step.aside,
            odd_end=arrival.odd_end,
            memory_mib=step.memory_mib,
            cpu_s=step.cpu_s,
            timeout_s=self._limits.tool_s,
        )
        if virtual != arrival.virtual_size_bytes:
            raise BadInput(f"qemu-img sees a disk of {virtual} bytes, the header says {arrival.virtual_size_bytes}")

    def _require_space(self, needed: int) -> None:
        require_space(self._root, needed, self._limits.keep_free_bytes, self._free)


def _has(facts: ImageFacts, source: ImageSource) -> bool:
    return all(getattr(facts.checksums, name) == digest.lower() for name, digest in source.expected)


@contextlib.contextmanager
def _told_as_ours(location: Location) -> Iterator[None]:
    """Turn what the operating system says of files into our errors."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoCapacity(
                f"no space left for the image from {location.shown}: {error.strerror}",
                hint="delete images that nobody uses: stratus image list; stratus image delete IMAGE",
            ) from error
        raise CommandFailed(f"cannot import {location.shown}: {error}") from error
