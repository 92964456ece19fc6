import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratus.errors import BadInput
from stratus.model.qcow2 import checked_header
from tests.drivers.images.samples import qcow2_header, with_extension


def check(data: bytes) -> None:
    checked_header(data[: 2 << 20], len(data), max_virtual_bytes=1 << 40)


def test_an_honest_header_is_accepted() -> None:
    header = checked_header(qcow2_header(), 4 << 16, max_virtual_bytes=1 << 20)
    assert (header.version, header.virtual_size_bytes, header.odd_end) == (3, 1 << 20, (3 << 16) + 8)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": 1}, "version 1"),
        ({"version": 4}, "version 4"),
        ({"backing_offset": 200, "backing_size": 5}, "backing file"),
        ({"backing_offset": 1 << 63}, "backing file"),
        ({"version": 2, "backing_offset": 200}, "backing file"),
        ({"crypt": 1}, "encrypted"),
        ({"crypt": 2}, "encrypted"),
        ({"incompatible": 1}, "not closed cleanly"),
        ({"incompatible": 2}, "corrupt"),
        ({"incompatible": 4}, "external data file"),
        ({"autoclear": 2}, "external data file"),
        ({"incompatible": 1 << 5}, "not known"),
        ({"incompatible": 1 << 63}, "not known"),
        ({"incompatible": 8}, "compression type"),
        ({"cluster_bits": 8}, "clusters"),
        ({"cluster_bits": 22}, "clusters"),
        ({"cluster_bits": 0xFFFFFFFF}, "clusters"),
        ({"incompatible": 16, "cluster_bits": 9}, "too small"),
        ({"length": 103}, "length"),
        ({"length": 72}, "length"),
        ({"length": 0xFFFFFFF8}, "more than a cluster"),
        ({"refcount_order": 7}, "reference counts"),
        ({"size": 0}, "sectors"),
        ({"size": 513}, "sectors"),
        ({"size": (1 << 40) + 512}, "at most"),
        ({"size": 1 << 63}, "at most"),
        ({"size": 1 << 40}, "L1 table has 1 entries; the disk's size needs 2048"),
        ({"l1_size": 0}, "L1 table"),
        ({"l1_size": (4 << 20) + 1}, "L1 table has 4194305 entries; at most 4194304"),
        ({"l1_size": 0xFFFFFFFF}, "L1 table"),
        ({"l1_size": 1 << 20}, "L1 table is said to end"),
        ({"l1_offset": 0}, "L1 table"),
        ({"l1_offset": (3 << 16) + 8}, "L1 table"),
        ({"l1_offset": 1 << 62}, "L1 table"),
        ({"table_clusters": 0}, "refcount table"),
        ({"table_clusters": 129}, "refcount table"),
        ({"table_clusters": 0xFFFFFFFF}, "refcount table"),
        ({"table_offset": 4 << 16}, "refcount table"),
        ({"snapshots": 65}, "snapshots"),
        ({"snapshots": 0xFFFFFFFF}, "snapshots"),
        ({"snapshots": 1, "snapshots_offset": 4 << 16}, "snapshot table"),
    ],
)
def test_a_header_that_cannot_be_trusted_is_refused(changed: dict[str, int], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        check(qcow2_header(**changed))


@pytest.mark.parametrize("size", [0, 3, 4, 71, 72, 103])
def test_a_cut_header_is_refused(size: int) -> None:
    with pytest.raises(BadInput):
        check(qcow2_header()[:size])


@pytest.mark.parametrize(
    ("kind", "body", "length", "reason"),
    [
        (0x44415441, b"/etc/shadow", None, "external data file"),
        (0x0537BE77, bytes(16), None, "encrypted"),
        (0x23852875, (65).to_bytes(4, "big") + bytes(20), None, "bitmaps"),
        (0x6803F857, b"", 0xFFFFFFFF, "more than there is room for"),
    ],
)
def test_bad_extensions_are_refused(kind: int, body: bytes, length: int | None, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        check(with_extension(qcow2_header(), kind, body, length=length))


def test_unknown_extensions_do_no_harm_but_endless_ones_are_refused() -> None:
    check(with_extension(qcow2_header(), 0x12345678, b"x" * 13))
    data = qcow2_header()
    with pytest.raises(BadInput, match="more than 64 extensions"):
        check(data[:104] + (b"\1" * 4 + bytes(4)) * 100 + data[904:])


def test_a_bad_extension_hides_behind_no_good_one() -> None:
    data = with_extension(qcow2_header(), 0x44415441, b"/etc/shadow")
    good = (0x6803F857).to_bytes(4, "big") + (13).to_bytes(4, "big") + bytes(16)
    with pytest.raises(BadInput, match="external data file"):
        check(data[:104] + good + data[104 : -len(good)])


@given(st.binary(max_size=200), st.integers(0, 1 << 40))
def test_no_bytes_make_it_fail_in_another_way(noise: bytes, size: int) -> None:
    for head in (noise, b"QFI\xfb\0\0\0\3" + noise, b"QFI\xfb\0\0\0\2" + noise):
        try:
            checked_header(head, size, max_virtual_bytes=1 << 40)
        except BadInput:
            continue


@given(st.integers(4, 111), st.binary(min_size=1, max_size=8))
def test_no_change_of_the_header_makes_it_fail_in_another_way(at: int, patch: bytes) -> None:
    data = bytearray(qcow2_header())
    data[at : at + len(patch)] = patch
    try:
        check(bytes(data))
    except BadInput:
        return
