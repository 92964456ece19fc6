"""The qcow2 header, and the rules by which an image that a user brings is refused before any program opens it.

The layout is that of QEMU's interoperability document "Qcow2 Image File Format"; the limits on tables are QEMU's own.
"""

import struct

from stratus.errors import BadInput
from stratus.model.disk_format import QCOW2_MAGIC, SECTOR_BYTES
from stratus.model.values import dataclass

HEAD_BYTES = 2 * 1024 * 1024  # the header and its extensions lie in the first cluster, of 2 MiB at most

_V2 = struct.Struct(">4sIQIIQIIQQIIQ")
_V3 = struct.Struct(">QQQII")
_V3_END = _V2.size + _V3.size

_DIRTY, _CORRUPT, _DATA_FILE, _COMPRESSION, _EXTENDED_L2 = (1 << bit for bit in range(5))
_KNOWN_INCOMPATIBLE = _DIRTY | _CORRUPT | _DATA_FILE | _COMPRESSION | _EXTENDED_L2
_AUTOCLEAR_BITMAPS, _AUTOCLEAR_RAW_DATA_FILE = 1 << 0, 1 << 1
_EXTENSION_END, _EXTENSION_DATA_FILE, _EXTENSION_CRYPTO, _EXTENSION_BITMAPS = 0, 0x44415441, 0x0537BE77, 0x23852875

MAX_L1_BYTES = 32 * 1024 * 1024
MAX_REFCOUNT_TABLE_BYTES = 8 * 1024 * 1024
MAX_SNAPSHOTS = 64
MAX_BITMAPS = 64
MAX_EXTENSIONS = 64
_HINT = "make a clean copy of it where you trust it: qemu-img convert -f qcow2 -O qcow2 IMAGE COPY"


@dataclass(frozen=True)
class Qcow2Header:
    """The fields of a header, as they stand in the file."""

    version: int
    backing_file_offset: int
    cluster_bits: int
    virtual_size_bytes: int
    crypt_method: int
    l1_entries: int
    l1_offset: int
    refcount_table_offset: int
    refcount_table_clusters: int
    snapshots: int
    snapshots_offset: int
    incompatible: int
    autoclear: int
    refcount_order: int
    header_bytes: int
    compression_type: int

    @property
    def odd_end(self) -> int | None:
        """The one end in the midst of a sector that QEMU gives a file: that of the L1 table, in a new image.

        None when there are other tables with such ends, those of snapshots and bitmaps."""
        if self.snapshots or self.autoclear & _AUTOCLEAR_BITMAPS:
            return None
        return self.l1_offset + 8 * self.l1_entries


def checked_header(head: bytes, file_bytes: int, *, max_virtual_bytes: int) -> Qcow2Header:
    """The header, if the image may be opened. Raises BadInput with the reason if not.

    `head` is the start of the file, HEAD_BYTES or all of it."""
    header = read_header(head)
    _refuse_strangers(header)
    _refuse_nonsense(header, max_virtual_bytes)
    _refuse_tables(header, file_bytes)
    _refuse_extensions(header, head)
    return header


def read_header(head: bytes) -> Qcow2Header:
    """The fields of the header. Raises BadInput when it is none, cut or of another version."""
    if not head.startswith(QCOW2_MAGIC):
        raise BadInput("the qcow2 header is missing")
    if len(head) < _V2.size:
        raise BadInput(f"the qcow2 header is cut: {len(head)} bytes of {_V2.size}")
    _, version, backing, _, bits, size, crypt, l1, l1_at, table_at, table, snaps, snaps_at = _V2.unpack_from(head)
    if version not in (2, 3):
        raise BadInput(f"qcow2 version {version} is not supported, only 2 and 3", hint=_HINT)
    incompatible, autoclear, order, length, compression = 0, 0, 4, _V2.size, 0
    if version == 3:
        if len(head) < _V3_END:
            raise BadInput(f"the qcow2 header is cut: {len(head)} bytes of {_V3_END}")
        incompatible, _, autoclear, order, length = _V3.unpack_from(head, _V2.size)
        compression = head[_V3_END] if length > _V3_END and len(head) > _V3_END else 0
    return Qcow2Header(
        version=version,
        backing_file_offset=backing,
        cluster_bits=bits,
        virtual_size_bytes=size,
        crypt_method=crypt,
        l1_entries=l1,
        l1_offset=l1_at,
        refcount_table_offset=table_at,
        refcount_table_clusters=table,
        snapshots=snaps,
        snapshots_offset=snaps_at,
        incompatible=incompatible,
        autoclear=autoclear,
        refcount_order=order,
        header_bytes=length,
        compression_type=compression,
    )


def _refuse_strangers(header: Qcow2Header) -> None:
    """Refuse what would make QEMU open another file, or what it cannot be trusted to read."""
    if header.backing_file_offset:
        raise BadInput("the qcow2 image has a backing file; an image must stand alone", hint=_HINT)
    if header.incompatible & _DATA_FILE or header.autoclear & _AUTOCLEAR_RAW_DATA_FILE:
        raise BadInput("the qcow2 image keeps its data in an external data file; an image must stand alone", hint=_HINT)
    if header.crypt_method:
        raise BadInput("the qcow2 image is encrypted", hint=_HINT)
    if header.incompatible & _CORRUPT:
        raise BadInput("the qcow2 image is marked as corrupt", hint="qemu-img check -f qcow2 -r all IMAGE")
    if header.incompatible & _DIRTY:
        raise BadInput("the qcow2 image was not closed cleanly", hint="qemu-img check -f qcow2 -r all IMAGE")
    unknown = header.incompatible & ~_KNOWN_INCOMPATIBLE
    if unknown:
        raise BadInput(f"the qcow2 image needs features that are not known here (bits {unknown:#x})", hint=_HINT)


def _refuse_nonsense(header: Qcow2Header, max_virtual_bytes: int) -> None:
    if not 9 <= header.cluster_bits <= 21:
        raise BadInput(f"the qcow2 header has clusters of 2^{header.cluster_bits} bytes; 2^9 to 2^21 are possible")
    if header.incompatible & _EXTENDED_L2 and header.cluster_bits < 14:
        raise BadInput("the qcow2 header has extended L2 entries with clusters that are too small for them")
    cluster = 1 << header.cluster_bits
    if header.version == 3 and (header.header_bytes < _V3_END or header.header_bytes % 8):
        raise BadInput(f"the qcow2 header has a length of {header.header_bytes} bytes, which cannot be")
    if header.header_bytes > cluster:
        raise BadInput(f"the qcow2 header has {header.header_bytes} bytes, more than a cluster")
    if header.refcount_order > 6:
        raise BadInput(f"the qcow2 header has reference counts of 2^{header.refcount_order} bits; 2^6 is the most")
    if bool(header.incompatible & _COMPRESSION) != bool(header.compression_type) or header.compression_type > 1:
        raise BadInput(f"the qcow2 header has an unknown compression type {header.compression_type}", hint=_HINT)
    size = header.virtual_size_bytes
    if size == 0 or size % SECTOR_BYTES:
        raise BadInput(f"the qcow2 disk has {size} bytes; a disk has one or more whole sectors of {SECTOR_BYTES}")
    if size > max_virtual_bytes:
        raise BadInput(f"the qcow2 disk has {size} bytes; at most {max_virtual_bytes} are allowed")


def _refuse_tables(header: Qcow2Header, file_bytes: int) -> None:
    """Refuse tables that would cost memory without reason, overlap the header or lie outside the file."""
    cluster = 1 << header.cluster_bits
    entry_bytes = 16 if header.incompatible & _EXTENDED_L2 else 8
    needed = -(-header.virtual_size_bytes // (cluster * (cluster // entry_bytes)))
    if header.l1_entries < needed:
        raise BadInput(f"the L1 table has {header.l1_entries} entries; the disk's size needs {needed}")
    if 8 * header.l1_entries > MAX_L1_BYTES:
        raise BadInput(f"the L1 table has {header.l1_entries} entries; at most {MAX_L1_BYTES // 8} are possible")
    table_bytes = header.refcount_table_clusters * cluster
    if not 0 < table_bytes <= MAX_REFCOUNT_TABLE_BYTES:
        raise BadInput(f"the refcount table has {table_bytes} bytes; 1 to {MAX_REFCOUNT_TABLE_BYTES} are possible")
    if header.snapshots > MAX_SNAPSHOTS:
        raise BadInput(f"the image holds {header.snapshots} snapshots; at most {MAX_SNAPSHOTS} are allowed", hint=_HINT)
    _require_inside("L1 table", header.l1_offset, 8 * header.l1_entries, cluster, file_bytes)
    _require_inside("refcount table", header.refcount_table_offset, 1, cluster, file_bytes)
    if header.snapshots:
        _require_inside("snapshot table", header.snapshots_offset, 40 * header.snapshots, cluster, file_bytes)


def _require_inside(what: str, offset: int, size: int, cluster: int, file_bytes: int) -> None:
    if offset < cluster or offset % cluster:
        raise BadInput(f"the {what} is said to lie at byte {offset}, where no table can be")
    if offset + size > file_bytes:
        raise BadInput(
            f"the {what} is said to end at byte {offset + size}, but the file has {file_bytes}: it was cut or damaged"
        )


def _refuse_extensions(header: Qcow2Header, head: bytes) -> None:
    """Walk the header extensions; they end with the first cluster at the latest."""
    end = min(len(head), 1 << header.cluster_bits)
    at = header.header_bytes
    for _ in range(MAX_EXTENSIONS):
        if at + 8 > end:
            return
        kind, length = struct.unpack_from(">II", head, at)
        if kind == _EXTENSION_END:
            return
        if length > end - at - 8:
            raise BadInput(f"a qcow2 header extension has {length} bytes, more than there is room for")
        _refuse_extension(kind, head[at + 8 : at + 8 + length])
        at += 8 + (length + 7) // 8 * 8
    raise BadInput(f"the qcow2 header has more than {MAX_EXTENSIONS} extensions")


def _refuse_extension(kind: int, body: bytes) -> None:
    if kind == _EXTENSION_DATA_FILE:
        raise BadInput("the qcow2 image names an external data file; an image must stand alone", hint=_HINT)
    if kind == _EXTENSION_CRYPTO:
        raise BadInput("the qcow2 image is encrypted", hint=_HINT)
    if kind == _EXTENSION_BITMAPS and int.from_bytes(body[:4], "big") > MAX_BITMAPS:
        raise BadInput(f"the qcow2 image holds more than {MAX_BITMAPS} bitmaps", hint=_HINT)
