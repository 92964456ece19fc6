import gzip
import io
import lzma
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratus.drivers.images.decompress import PIECE_BYTES, chosen_compression, pieces
from stratus.errors import BadInput
from tests.drivers.images.samples import COMPRESS


def plain(data: bytes, compression: str, memory: int = 256 << 20) -> bytes:
    return b"".join(pieces(io.BytesIO(data), compression, xz_memory_bytes=memory))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(COMPRESS)), st.lists(st.binary(max_size=3000), min_size=1, max_size=5), st.integers(1, 400)
)
def test_any_members_give_their_content(compression: str, members: list[bytes], repeat: int) -> None:
    packed = b"".join(COMPRESS[compression](member * repeat) for member in members)
    assert chosen_compression("", packed) == compression
    assert plain(packed, compression) == b"".join(member * repeat for member in members)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(COMPRESS)), st.binary(min_size=1, max_size=300), st.data())
def test_damage_is_refused_or_harmless(compression: str, content: bytes, data: st.DataObject) -> None:
    packed = bytearray(COMPRESS[compression](content))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert plain(bytes(packed), compression) == content  # a gz header holds bytes that mean nothing
    except BadInput:
        return


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("size", [PIECE_BYTES - 1, PIECE_BYTES, 3 * PIECE_BYTES, 3 * PIECE_BYTES + 1])
def test_pieces_are_even(compression: str, size: int) -> None:
    stream = io.BytesIO(COMPRESS[compression](bytes(size)))
    sizes = [len(piece) for piece in pieces(stream, compression, xz_memory_bytes=256 << 20)]
    assert sizes[:-1] == [PIECE_BYTES] * (len(sizes) - 1)
    assert sum(sizes) == size


def test_padding_is_accepted_where_the_formats_allow_it() -> None:
    assert plain(gzip.compress(b"a") + bytes(100_000) + gzip.compress(b"b") + bytes(7), "gz") == b"ab"
    assert plain(lzma.compress(b"a") + bytes(8), "xz") == b"a"
    with pytest.raises(BadInput):
        plain(lzma.compress(b"a") + bytes(7), "xz")
    with pytest.raises(BadInput):
        plain(COMPRESS["bz2"](b"a") + bytes(4), "bz2")


def test_an_xz_stream_cannot_ask_for_any_memory() -> None:
    packed = lzma.compress(bytes(1000), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 512 << 20}])
    with pytest.raises(BadInput, match="more memory"):
        plain(packed, "xz", memory=64 << 20)


def test_many_tiny_members_do_not_cost_quadratic_time() -> None:
    packed = gzip.compress(b"") * 50_000
    started = time.process_time()
    assert plain(packed, "gz") == b""
    assert time.process_time() - started < 5
