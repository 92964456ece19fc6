"""The images that a directory keeps: content, facts and verification stamps, whole or not there."""

import dataclasses
import errno
import hashlib
import json
import logging
import os
import time
from pathlib import Path

from stratus.drivers.images.files import read_json, write_json
from stratus.drivers.images.lock import turn
from stratus.durable import make_folder, sync_folder
from stratus.errors import BadInput, NoCapacity, NotFound
from stratus.model import codec
from stratus.model.identifier import is_identifier
from stratus.model.image import ImageFacts
from stratus.model.inspection import ImageSeen
from stratus.model.steps.images import DiscardImage

log = logging.getLogger(__name__)

FORMATS = ("raw", "qcow2")
_READ_BYTES = 1 << 20
_WAIT_S = 60.0  # keeping and deleting are a few renames


class Shelf:
    """One image = `ID.raw` or `ID.qcow2` (read-only), `ID.json` (its facts), `ID.verified` (when it was last read)."""

    def __init__(self, root: Path, work: Path) -> None:
        self._root, self._work = root, work

    def content_path(self, identifier: str, format: str) -> Path:
        """Where the content of an image lies."""
        return self._root / f"{identifier}.{format}"

    def get(self, identifier: str) -> ImageFacts | None:
        """The facts; None when there is no such image or its content is gone. Raises BadInput if they are damaged."""
        if not is_identifier(identifier):
            return None
        try:
            text = self._facts_path(identifier).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise self._damaged(identifier, str(error)) from error
        facts = self._parse(identifier, text)
        path = self.content_path(identifier, facts.format)
        return dataclasses.replace(facts, path=str(path)) if path.is_file() else None

    def readable(self, identifier: str) -> ImageFacts | None:
        """The same, but damaged facts count as none: they are about to be written anew."""
        try:
            return self.get(identifier)
        except BadInput:
            return None

    def all(self) -> list[ImageFacts]:
        """Every image, by identifier; one whose facts are damaged is left out, with a warning in the log."""
        found = []
        for path in sorted(self._root.glob("*.json")):
            try:
                facts = self.get(path.stem)
            except BadInput as error:
                log.warning("an image is left out of the list: %s", error)
                continue
            if facts is not None:
                found.append(facts)
        return found

    def keep(self, aside: Path, facts: ImageFacts) -> ImageFacts:
        """Put the finished content on the shelf, or drop it when the same is there already."""
        with turn(self._lock_path(facts.identifier), wait_s=_WAIT_S):
            old = self.readable(facts.identifier)
            if old is not None and old.checksums != facts.checksums:
                raise BadInput(
                    f"another image has the identifier {facts.identifier} already: two contents with one SHA-1",
                    hint="one of them was made to deceive; ask whom you got it from",
                )
            if old is not None and self.is_unchanged(old):
                return old
            path = self.content_path(facts.identifier, facts.format)
            os.replace(aside, path)
            kept = dataclasses.replace(facts, path=str(path))
            write_json(self._facts_path(facts.identifier), codec.encode(kept))
            self._stamp(kept)
            sync_folder(self._root)
            return kept

    def receive(self, facts: ImageFacts, offset: int, piece: bytes) -> int:
        """Take a piece of an image that is sent here: how much of it is here now; all of it means that it is kept.

        A piece that does not begin where the last one ended is not taken; an empty one only asks. Raises NoCapacity,
        and BadInput when the whole is not what it should be: then nothing of it stays."""
        _check_sent(facts)
        make_folder(self._work)
        aside = self._work / f"{facts.identifier}.sent"
        with turn(self._work / f"{facts.identifier}.sending", wait_s=_WAIT_S):
            known = self.readable(facts.identifier)
            if known is not None and known.checksums == facts.checksums and self.is_unchanged(known):
                aside.unlink(missing_ok=True)
                return facts.size_bytes
            size = _append(aside, offset, piece, facts.size_bytes)
            if size < facts.size_bytes:
                return size
            if _sha256_of(aside) != facts.checksums.sha256:
                aside.unlink()
                raise BadInput(f"the image {facts.identifier} did not arrive as it was sent", hint="it is sent again")
            os.chmod(aside, 0o444)
            self.keep(aside, facts)
            return facts.size_bytes

    def delete(self, identifier: str) -> None:
        """Take an image away; nothing happens if it is not there."""
        if not is_identifier(identifier) or not self._work.is_dir():
            return
        with turn(self._lock_path(identifier), wait_s=_WAIT_S):
            for path in DiscardImage(str(self._root), identifier).paths:
                Path(path).unlink(missing_ok=True)
            sync_folder(self._root)

    def is_unchanged(self, facts: ImageFacts) -> bool:
        """Whether the kernel says that nobody touched the content since it was last verified."""
        try:
            return read_json(self._stamp_path(facts.identifier)) == _stamp_of(facts)
        except FileNotFoundError:
            return False

    def verify(self, identifier: str) -> None:
        """Read the content unless it is unchanged. Raises BadInput when it is not what it was, NotFound."""
        facts = self.get(identifier)
        if facts is None:
            raise NotFound(f"there is no image {identifier}", hint="see what there is: stratus image list")
        if self.is_unchanged(facts):
            return
        before = _stamp_of(facts)
        digest = _sha256_of(Path(facts.path))
        if digest != facts.checksums.sha256 or before["size"] != facts.size_bytes:
            self._stamp_path(identifier).unlink(missing_ok=True)
            raise BadInput(
                f"the image {identifier} is damaged: the content of {facts.path} has changed since it was imported",
                hint=f"stratus image delete {identifier}, and import it again",
            )
        if before == _stamp_of(facts):
            write_json(self._stamp_path(identifier), before)

    def survey(self) -> tuple[ImageSeen, ...]:
        """Every image that there is a record or content of, each read again unless it is unchanged."""
        if not self._root.is_dir():
            return ()
        files: dict[str, list[Path]] = {}
        for path in sorted(self._root.iterdir()):
            if is_identifier(path.stem) and path.suffix in (".json", ".verified", *(f".{each}" for each in FORMATS)):
                files.setdefault(path.stem, []).append(path)
        return tuple(self._seen(identifier, paths, time.time()) for identifier, paths in files.items())

    def _seen(self, identifier: str, paths: list[Path], now_s: float) -> ImageSeen:
        facts, trouble = None, ""
        try:
            facts = self.get(identifier)
            self.verify(identifier)
        except (BadInput, NotFound, FileNotFoundError) as error:
            there = self._facts_path(identifier) in paths
            trouble = str(error) if facts else "its content is not there" if there else "nothing is known of it"
        written_s = max((path.stat().st_mtime for path in paths if path.exists()), default=now_s)
        return ImageSeen(identifier, facts, tuple(map(str, paths)), trouble, now_s - written_s)

    def orphans(self) -> list[Path]:
        """Files of this directory that belong to no image: a crash between two renames leaves them."""
        if not self._root.is_dir():
            return []
        return [path for path in sorted(self._root.iterdir()) if path.is_file() and self._is_orphan(path)]

    def _is_orphan(self, path: Path) -> bool:
        if path.name.startswith("."):
            return is_identifier(path.name[1:28])
        known = path.suffix in (".raw", ".qcow2", ".verified") and is_identifier(path.stem)
        return known and not self._facts_path(path.stem).exists()

    def _parse(self, identifier: str, text: str) -> ImageFacts:
        try:
            facts = codec.decode(ImageFacts, json.loads(text))
        except (ValueError, BadInput) as error:
            raise self._damaged(identifier, str(error)) from error
        if facts.identifier != identifier or facts.format not in FORMATS:
            raise self._damaged(identifier, "it describes another image")
        return facts

    def _damaged(self, identifier: str, why: str) -> BadInput:
        return BadInput(
            f"the record {self._facts_path(identifier)} of an image is damaged: {why}",
            hint=f"import the image again, or: stratus image delete {identifier}",
        )

    def _stamp(self, facts: ImageFacts) -> None:
        write_json(self._stamp_path(facts.identifier), _stamp_of(facts))

    def _facts_path(self, identifier: str) -> Path:
        return self._root / f"{identifier}.json"

    def _stamp_path(self, identifier: str) -> Path:
        return self._root / f"{identifier}.verified"

    def _lock_path(self, identifier: str) -> Path:
        return self._work / f"{identifier}.lock"


def _check_sent(facts: ImageFacts) -> None:
    if not is_identifier(facts.identifier) or facts.format not in FORMATS:
        raise BadInput(f"{facts.identifier!r} cannot be an image")


def _append(aside: Path, offset: int, piece: bytes, whole_bytes: int) -> int:
    """The size of what has come of an image, with this piece if it is the next one; it has reached the disk."""
    descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        if not piece or offset != size:
            return size
        try:
            os.pwrite(descriptor, piece, offset)
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            aside.unlink()
            what = f"{aside.parent} has no room for an image of {whole_bytes >> 20} MiB"
            raise NoCapacity(what, hint=f"df -h {aside.parent}") from error
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _stamp_of(facts: ImageFacts) -> dict[str, int | str]:
    """What changes whenever the content may have changed; ctime cannot be set back by the file's owner."""
    found = os.stat(facts.path)
    return {
        "inode": found.st_ino,
        "size": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        "ctime_ns": found.st_ctime_ns,
        "sha256": facts.checksums.sha256,
    }


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()
