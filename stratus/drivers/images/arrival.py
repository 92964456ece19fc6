"""What arrives is decompressed, bounded, checksummed and judged by its own bytes; the same for every store."""

import itertools
import os
from collections.abc import Callable
from typing import BinaryIO

from stratus.drivers.images.decompress import chosen_compression, pieces
from stratus.drivers.images.intake import Content, require_expected, take_in
from stratus.drivers.images.limits import MIB, Limits
from stratus.drivers.images.protocol import Progress
from stratus.errors import BadInput
from stratus.model import disk_format, qcow2
from stratus.model.identifier import identifier_of
from stratus.model.image import ImageFacts, ImageSource
from stratus.model.values import dataclass

_SPACE_STEP_BYTES = 64 * MIB


@dataclass(frozen=True)
class Arrival:
    """Content that may be kept, as far as its own bytes tell."""

    content: Content
    compression: str
    format: str
    virtual_size_bytes: int
    odd_end: int | None = None  # see Qcow2Header

    def facts(self, path: str) -> ImageFacts:
        """What a store says of it when it keeps it at `path`."""
        return ImageFacts(
            identifier=identifier_of(self.content.checksums.sha1),
            format=self.format,
            size_bytes=self.content.size_bytes,
            virtual_size_bytes=self.virtual_size_bytes,
            checksums=self.content.checksums,
            path=path,
        )


def receive(
    stream: BinaryIO,
    size_bytes: int,
    fd: int,
    source: ImageSource,
    *,
    limits: Limits,
    progress: Progress,
    require_space: Callable[[], None],
) -> Arrival:
    """Take the stream, from its start, into the empty file `fd`. Raises BadInput with the reason to refuse it.

    `require_space` is asked now and then and may raise NoCapacity."""
    compression = chosen_compression(source.compression, _head_of(stream))
    parts = pieces(stream, compression, xz_memory_bytes=limits.xz_memory_bytes)
    first = next(parts, b"")
    disk_format.chosen_format(source.format, first)  # before gigabytes of something else are copied
    phase = "copy" if compression == "none" else "decompress"
    watch = _watch(stream, size_bytes, limits, require_space, lambda done: progress(phase, done, size_bytes))
    content = take_in(itertools.chain([first], parts), fd, watch=watch)
    require_expected(content.checksums, source.expected)
    return _judge(fd, content, compression, source.format, limits.virtual_bytes)


def require_agreement(facts: ImageFacts, compression: str, source: ImageSource) -> None:
    """Raises BadInput when what is kept from this location is not what the source says of it."""
    require_expected(facts.checksums, source.expected)
    if source.format and source.format != facts.format:
        raise BadInput(
            f"the image is declared {source.format} but its content is {facts.format}",
            hint=f"--format {facts.format}, or leave it out",
        )
    if source.compression and compression and source.compression != compression:
        raise BadInput(
            f"the image is declared with compression {source.compression} but it has {compression}",
            hint=f"--compression {compression}, or leave it out",
        )


def _head_of(stream: BinaryIO) -> bytes:
    head = stream.read(16)
    stream.seek(0)
    return head


def _watch(
    stream: BinaryIO,
    size_bytes: int,
    limits: Limits,
    require_space: Callable[[], None],
    report: Callable[[int], None],
) -> Callable[[int, int], None]:
    """The check after each piece: how large it grows, how fast for its input, what is left on the disk."""
    asked = 0

    def check(taken: int, written: int) -> None:
        nonlocal asked
        read = min(stream.tell(), size_bytes)
        if taken > limits.content_bytes:
            raise BadInput(f"the image has more than the {limits.content_bytes} bytes that are allowed")
        if taken > max(limits.expansion_free_bytes, limits.expansion * read) and taken > read:
            raise BadInput(
                f"the image is a compression bomb: {read} bytes of it give {taken} bytes and more",
                hint="decompress it where you trust it, and import that",
            )
        if written - asked >= _SPACE_STEP_BYTES:
            asked = written
            require_space()
        report(read)

    return check


def _judge(fd: int, content: Content, compression: str, declared: str, max_virtual_bytes: int) -> Arrival:
    size = content.size_bytes
    head = os.pread(fd, disk_format.HEAD_BYTES, 0)
    tail = os.pread(fd, disk_format.TAIL_BYTES, max(0, size - disk_format.TAIL_BYTES))
    if size == 0:
        raise BadInput("the image is empty")
    found = disk_format.chosen_format(declared, head, tail)
    if found == "raw":
        disk_format.require_raw_size(size)
        return Arrival(content, compression, "raw", size)
    header = qcow2.checked_header(os.pread(fd, qcow2.HEAD_BYTES, 0), size, max_virtual_bytes=max_virtual_bytes)
    return Arrival(content, compression, "qcow2", header.virtual_size_bytes, header.odd_end)
