"""The steps by which an image comes into a store, as far as they are known: by what is declared, or by its content."""

from pathlib import Path
from typing import BinaryIO

from stratus.drivers.images.decompress import chosen_compression, pieces
from stratus.drivers.images.limits import Limits
from stratus.drivers.images.location import Location
from stratus.model import disk_format
from stratus.model.identifier import identifier_of
from stratus.model.image import ImageSource
from stratus.model.steps.images import (
    UNKNOWN_FORMAT,
    UNKNOWN_IDENTIFIER,
    DownloadImage,
    ExamineImage,
    ImportSteps,
    KeepImage,
    TakeInImage,
)
from stratus.model.values import dataclass

_ENDINGS = {".gz": "gz", ".bz2": "bz2", ".xz": "xz"}
_HEAD_BYTES = 16


@dataclass(frozen=True)
class Look:
    """What is known of content before it is taken in; an empty format is not known yet."""

    compression: str
    format: str


def look_at(stream: BinaryIO, source: ImageSource, *, limits: Limits) -> Look:
    """What the first bytes tell; the stream is at its start again. Raises BadInput where they are no image."""
    compression = chosen_compression(source.compression, stream.read(_HEAD_BYTES))
    stream.seek(0)
    first = next(pieces(stream, compression, xz_memory_bytes=limits.xz_memory_bytes), b"")
    stream.seek(0)
    return Look(compression, disk_format.chosen_format(source.format, first))


def guess(location: Location, source: ImageSource) -> Look:
    """What is declared of content that nobody has seen yet, else what its name says."""
    name = Path(location.url.partition("?")[0] or location.path)
    compression = source.compression or _ENDINGS.get(name.suffix.lower(), "none")
    named = name.stem if compression != "none" else name.name
    return Look(compression, source.format or ("qcow2" if named.lower().endswith(".qcow2") else ""))


def import_steps(root: Path, location: Location, source: ImageSource, look: Look, limits: Limits) -> ImportSteps:
    """The steps into the store below `root`; of a format that is not known it is examined as the worst may be."""
    work = root / "work"
    part, aside = f"{work}/{location.key}.part", f"{work}/{location.key}.aside"
    sha1 = dict(source.expected).get("sha1", "").lower()
    return ImportSteps(
        download=DownloadImage(location.shown, part) if location.url else None,
        take_in=TakeInImage(part if location.url else location.path, aside, look.compression),
        examine=None if look.format == "raw" else ExamineImage(aside, limits.tool_memory_mib, limits.tool_cpu_s),
        keep=KeepImage(
            aside,
            str(root),
            identifier_of(sha1) if sha1 else UNKNOWN_IDENTIFIER,
            look.format or UNKNOWN_FORMAT,
        ),
    )
