"""Content into a sparse file and through four checksums, in one pass."""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from stratus.errors import BadInput
from stratus.model.image import Checksums
from stratus.model.values import dataclass

_ALGORITHMS = ("sha512", "md5", "sha256", "sha1")  # the slow ones first, so that they start first
_BLOCK_BYTES = 4096  # a file system's block: the smallest hole
_ZEROS = bytes(1 << 20)


@dataclass(frozen=True)
class Content:
    """What went into the file."""

    size_bytes: int
    checksums: Checksums


def take_in(pieces: Iterable[bytes], fd: int, *, watch: Callable[[int, int], None]) -> Content:
    """Write the pieces to `fd` from its start, leaving holes where there are only zeros.

    `watch` is called after each piece with the bytes taken and the bytes written, and may raise."""
    taken = written = 0
    with ThreadPoolExecutor(len(_ALGORITHMS), "digest") as pool:  # hashlib frees the interpreter's lock
        digests = [hashlib.new(name, usedforsecurity=False) for name in _ALGORITHMS]
        busy: list[Future[None]] = []
        for piece in pieces:
            for future in busy:
                future.result()  # each checksum sees the pieces in order
            busy = [pool.submit(digest.update, piece) for digest in digests]
            written += _write_sparse(fd, piece, taken)
            taken += len(piece)
            watch(taken, written)
        for future in busy:
            future.result()
    os.ftruncate(fd, taken)
    return Content(taken, Checksums(**{digest.name: digest.hexdigest() for digest in digests}))


def require_expected(checksums: Checksums, expected: Iterable[tuple[str, str]]) -> None:
    """Raises BadInput naming the first checksum that is not the expected one."""
    for algorithm, digest in expected:
        found: str = getattr(checksums, algorithm)
        if found != digest.lower():
            raise BadInput(
                f"the {algorithm} of the image is {found}, but {digest.lower()} was expected",
                hint="the image was changed or damaged on its way, or the checksum belongs to its compressed form",
            )


def _write_sparse(fd: int, piece: bytes, at: int) -> int:
    """Write the runs of blocks that are not zero; give the number of bytes written."""
    if piece == _ZEROS[: len(piece)]:
        return 0
    written = 0
    start = None
    for block in range(0, len(piece) + _BLOCK_BYTES, _BLOCK_BYTES):
        part = piece[block : block + _BLOCK_BYTES]
        if part and part != _ZEROS[: len(part)]:
            start = block if start is None else start
        elif start is not None:
            written += _write_all(fd, memoryview(piece)[start:block], at + start)
            start = None
    return written


def _write_all(fd: int, data: memoryview, at: int) -> int:
    done = 0
    while done < len(data):
        done += os.pwrite(fd, data[done:], at + done)
    return done
