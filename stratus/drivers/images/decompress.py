"""Plain content out of gz, bz2 or xz, piece by piece, in bounded memory; damage is reported with its place."""

import bz2
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from stratus.errors import BadInput

PIECE_BYTES = 1 << 20  # every piece but the last has exactly this size
_READ_BYTES = 1 << 16  # small, so that a file of many tiny members costs no quadratic copying

_MAGICS = ((b"\x1f\x8b\x08", "gz"), (b"BZh", "bz2"), (b"\xfd7zXZ\0", "xz"))


def chosen_compression(declared: str, head: bytes) -> str:
    """none, gz, bz2 or xz, as the content says. Raises BadInput when something else was declared."""
    found = next((name for magic, name in _MAGICS if head.startswith(magic)), "none")
    if declared and declared != found:
        raise BadInput(
            f"the image is declared as {_named(declared)} but its content is {_named(found)}",
            hint="correct the declaration, or leave it out",
        )
    return found


def pieces(stream: BinaryIO, compression: str, *, xz_memory_bytes: int) -> Iterator[bytes]:
    """The decompressed content in pieces of PIECE_BYTES. Raises BadInput saying where the stream is damaged."""
    if compression == "none":
        while piece := stream.read(PIECE_BYTES):
            yield piece
        return
    gathered = bytearray()
    for part in _expanded(stream, compression, xz_memory_bytes):
        gathered += part
        while len(gathered) >= PIECE_BYTES:
            yield bytes(gathered[:PIECE_BYTES])
            del gathered[:PIECE_BYTES]
    if gathered:
        yield bytes(gathered)


class _Decoder(Protocol):
    """What bz2's and lzma's decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _GzDecoder:
    """One gz member with the same manners."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.eof and not self._inner.unconsumed_tail and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = PIECE_BYTES) -> bytes:
        out = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length  # zlib may hold more output although all input is consumed
        return out


def _decoder(compression: str, xz_memory_bytes: int) -> _Decoder:
    if compression == "gz":
        return _GzDecoder()
    if compression == "bz2":
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=xz_memory_bytes)


def _expanded(stream: BinaryIO, compression: str, xz_memory_bytes: int) -> Iterator[bytes]:
    """Member after member until the end of the file."""
    made = 0
    data = stream.read(_READ_BYTES)
    while data:
        decoder = _decoder(compression, xz_memory_bytes)
        while not decoder.eof:
            try:
                out = decoder.decompress(data, PIECE_BYTES)
            except (zlib.error, OSError, lzma.LZMAError, ValueError) as error:
                raise _damaged(stream, compression, made, error) from error
            made += len(out)
            if out:
                yield out
            data = stream.read(_READ_BYTES) if decoder.needs_input else b""
            if decoder.needs_input and not data:
                raise BadInput(
                    f"the {compression} stream is cut: it ends at byte {stream.tell()} of the file,"
                    f" after {made} bytes of content",
                    hint="the image was not copied whole; fetch it again from its origin",
                )
        data = _next_member(stream, compression, decoder.unused_data)


def _next_member(stream: BinaryIO, compression: str, rest: bytes) -> bytes:
    """The start of another member, or nothing at the end. Raises BadInput when something else follows.

    Padding with zeros is allowed where the format's own tools allow it: after gz, and in fours after xz."""
    at = stream.tell() - len(rest)
    padding = 0
    while compression != "bz2":
        kept = rest.lstrip(b"\0")
        padding += len(rest) - len(kept)
        rest = kept
        if rest or not (rest := stream.read(_READ_BYTES)):
            break
    if len(rest) < 6:
        rest += stream.read(_READ_BYTES)
    magic = next(magic for magic, name in _MAGICS if name == compression)
    if (rest and not rest.startswith(magic)) or (compression == "xz" and padding % 4):
        raise BadInput(
            f"something that is not {compression} follows the stream at byte {at} of the file",
            hint="the image was damaged or padded; fetch it again from its origin",
        )
    return rest


def _damaged(stream: BinaryIO, compression: str, made: int, error: Exception) -> BadInput:
    if "emory" in str(error):
        return BadInput(f"the {compression} stream asks for more memory to be decompressed than is allowed: {error}")
    return BadInput(
        f"the {compression} stream is damaged before byte {stream.tell()} of the file,"
        f" after {made} bytes of content: {error}",
        hint="fetch it again from its origin",
    )


def _named(compression: str) -> str:
    return "not compressed" if compression == "none" else f"compressed with {compression}"
