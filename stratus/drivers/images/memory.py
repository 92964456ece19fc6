"""The image store without a disk: sources and images are bytes in dictionaries. For sandboxes and tests."""

import dataclasses
import hashlib
import io
import os
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

from stratus.drivers.images.arrival import receive, require_agreement
from stratus.drivers.images.limits import GIB, Limits
from stratus.drivers.images.location import parse_location, require_sound_source
from stratus.drivers.images.protocol import Doing, Progress, unrecorded
from stratus.drivers.images.steps import Look, guess, import_steps, look_at
from stratus.errors import BadInput, NotFound, StratusError
from stratus.model.image import ImageFacts, ImageSource
from stratus.model.inspection import ImageSeen
from stratus.model.steps.images import ImportSteps

_ROOM_BYTES = 64 * GIB


class MemoryImageStore:
    """An ImageStore whose locations are the keys of `sources`."""

    def __init__(
        self, sources: Mapping[str, bytes], *, root: str = "/memory/images", limits: Limits | None = None
    ) -> None:
        self._sources = sources
        self._root = root
        self._limits = limits or Limits()
        self._facts: dict[str, ImageFacts] = {}
        self._running: dict[str, Future[tuple[ImageFacts, str, ImageSource]]] = {}
        self._guard = threading.Lock()
        self.contents: dict[str, bytes] = {}  # by identifier
        self._coming: dict[str, bytes] = {}

    def steps(self, source: ImageSource, *, unseen: bool = False) -> ImportSteps:
        """What `fetch` would do; see ImageStore."""
        require_sound_source(source)
        location = parse_location(source.location)
        try:
            data = self._content(source.location)
            steps = self._steps(source, look_at(io.BytesIO(data), source, limits=self._limits))
        except StratusError:
            if not unseen and not location.url:
                raise
            return self._steps(source, guess(location, source))
        return dataclasses.replace(steps, size_bytes=len(data) if steps.take_in.compression == "none" else None)

    def fetch(self, source: ImageSource, *, progress: Progress, doing: Doing = unrecorded) -> ImageFacts:
        """Bring it in; see ImageStore. Phases: wait, copy or decompress."""
        require_sound_source(source)
        key = parse_location(source.location).key
        while True:
            with self._guard:
                for facts in self._facts.values():
                    if source.expected and not source.afresh and _agrees(facts, source):
                        return facts
                running = self._running.get(key)
                mine: Future[tuple[ImageFacts, str, ImageSource]] = Future()
                if running is None:
                    self._running[key] = mine
            if running is None:
                return self._lead(key, mine, source, progress, doing)
            progress("wait", 0, 0)
            shared = _shared(running, source)
            if shared is not None:
                return shared

    def get(self, identifier: str) -> ImageFacts | None:
        """The image, or None."""
        return self._facts.get(identifier)

    def all(self) -> list[ImageFacts]:
        """Every image, by identifier."""
        with self._guard:
            return [self._facts[identifier] for identifier in sorted(self._facts)]

    def survey(self) -> tuple[ImageSeen, ...]:
        """Every image with its health; `contents` may be damaged or taken away by anybody."""
        return tuple(self._seen(facts) for facts in self.all())

    def _seen(self, facts: ImageFacts) -> ImageSeen:
        if facts.identifier not in self.contents:
            return ImageSeen(facts.identifier, None, (facts.path,), "its content is not there", 3600.0)
        try:
            self.verify(facts.identifier)
        except BadInput as error:
            return ImageSeen(facts.identifier, facts, (facts.path,), error.message, 3600.0)
        return ImageSeen(facts.identifier, facts, (facts.path,), "", 3600.0)

    def verify(self, identifier: str) -> None:
        """Compare the content with its checksum. Raises BadInput if it changed, NotFound."""
        facts = self._facts.get(identifier)
        if facts is None:
            raise NotFound(f"there is no image {identifier}", hint="see what there is: stratus image list")
        if hashlib.sha256(self.contents[identifier]).hexdigest() != facts.checksums.sha256:
            raise BadInput(
                f"the image {identifier} is damaged: its content has changed since it was imported",
                hint=f"stratus image delete {identifier}, and import it again",
            )

    def read(self, identifier: str, offset: int, count: int) -> bytes:
        """A piece of the content; see ImageStore."""
        if identifier not in self.contents:
            raise NotFound(f"there is no image {identifier}", hint="see what there is: stratus image list")
        return self.contents[identifier][offset : offset + count]

    def receive(self, facts: ImageFacts, offset: int, piece: bytes) -> int:
        """As Shelf.receive."""
        with self._guard:
            if facts.identifier in self._facts:
                return facts.size_bytes
            held = self._coming.get(facts.identifier, b"")
            if piece and offset == len(held):
                held = self._coming[facts.identifier] = held + piece
            if len(held) < facts.size_bytes:
                return len(held)
            del self._coming[facts.identifier]
            if hashlib.sha256(held).hexdigest() != facts.checksums.sha256:
                raise BadInput(f"the image {facts.identifier} did not arrive as it was sent")
            self.contents[facts.identifier] = held
            self._facts[facts.identifier] = dataclasses.replace(
                facts, path=f"{self._root}/{facts.identifier}.{facts.format}"
            )
            return facts.size_bytes

    def delete(self, identifier: str) -> None:
        """Remove the image; nothing happens if it is not there."""
        with self._guard:
            self._facts.pop(identifier, None)
            self.contents.pop(identifier, None)

    def free_bytes(self) -> int:
        """What is left of a disk that is only played."""
        return _ROOM_BYTES - sum(map(len, self.contents.values()))

    def _lead(
        self,
        key: str,
        mine: "Future[tuple[ImageFacts, str, ImageSource]]",
        source: ImageSource,
        progress: Progress,
        doing: Doing,
    ) -> ImageFacts:
        """Do the work, and tell those who wait how it ended, whatever happens."""
        failure: StratusError | None = None
        try:
            facts, compression = self._import(source, progress, doing)
            mine.set_result((facts, compression, source))
            return facts
        except StratusError as error:
            failure = error
            raise
        finally:
            with self._guard:
                del self._running[key]
            if not mine.done():
                mine.set_exception(_Failed(failure, source))

    def _content(self, location: str) -> bytes:
        try:
            return self._sources[location]
        except KeyError:
            raise NotFound(f"there is no image at {location}", hint=f"ls -l {location}") from None

    def _steps(self, source: ImageSource, look: Look) -> ImportSteps:
        return import_steps(Path(self._root), parse_location(source.location), source, look, self._limits)

    def _import(self, source: ImageSource, progress: Progress, doing: Doing) -> tuple[ImageFacts, str]:
        data = self._content(source.location)
        steps = self._steps(source, look_at(io.BytesIO(data), source, limits=self._limits))
        if steps.download is not None:
            with doing(steps.download):
                progress("download", len(data), len(data))
        with tempfile.TemporaryFile() as file, doing(steps.take_in):
            arrival = receive(
                io.BytesIO(data),
                len(data),
                file.fileno(),
                source,
                limits=self._limits,
                progress=progress,
                require_space=lambda: None,
            )
            content = os.pread(file.fileno(), arrival.content.size_bytes, 0)
        facts = arrival.facts("")
        facts = dataclasses.replace(facts, path=f"{self._root}/{facts.identifier}.{facts.format}")
        with doing(dataclasses.replace(steps.keep, identifier=facts.identifier)), self._guard:
            self._facts[facts.identifier] = facts
            self.contents[facts.identifier] = content
        return facts, arrival.compression


class _Failed(Exception):
    """How a fetch ended for those who wait; without an error it was interrupted and another one takes over."""

    def __init__(self, error: StratusError | None, source: ImageSource) -> None:
        super().__init__()
        self.error, self.source = error, source


def _shared(running: "Future[tuple[ImageFacts, str, ImageSource]]", source: ImageSource) -> ImageFacts | None:
    try:
        facts, compression, led = running.result()
    except _Failed as failed:
        if failed.error is not None and failed.source == source:
            raise failed.error from None
        return None
    if source.public_only and not led.public_only:
        return None
    require_agreement(facts, compression, source)
    return facts


def _agrees(facts: ImageFacts, source: ImageSource) -> bool:
    try:
        require_agreement(facts, "", source)
    except BadInput:
        return False
    return True
