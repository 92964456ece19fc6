"""Images for the tests: small disks, and what an attacker makes of them."""

import bz2
import gzip
import lzma
import random
import struct
import subprocess
from pathlib import Path

COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def raw_disk(kib: int = 64, seed: int = 1) -> bytes:
    """A disk with a boot sector's end, some noise, a hole and more noise."""
    noise = random.Random(seed).randbytes(kib * 1024)
    hole = len(noise) // 4
    return noise[:510] + b"\x55\xaa" + noise[512:hole] + bytes(hole) + noise[2 * hole :]


def qcow2_header(**changed: int) -> bytes:
    """A sound qcow2 file of four clusters (1 MiB, empty, version 3), but for what is changed."""
    fields = {
        "version": 3,
        "backing_offset": 0,
        "backing_size": 0,
        "cluster_bits": 16,
        "size": 1 << 20,
        "crypt": 0,
        "l1_size": 1,
        "l1_offset": 3 << 16,
        "table_offset": 1 << 16,
        "table_clusters": 1,
        "snapshots": 0,
        "snapshots_offset": 0,
        "incompatible": 0,
        "compatible": 0,
        "autoclear": 0,
        "refcount_order": 4,
        "length": 104,
    }
    assert set(changed) <= set(fields)
    values = {**fields, **changed}
    header = struct.pack(">4sIQIIQIIQQIIQQQQII", b"QFI\xfb", *values.values())
    data = bytearray(4 << 16)
    data[: len(header)] = header
    struct.pack_into(">Q", data, 1 << 16, 2 << 16)  # refcount table: one block
    struct.pack_into(">HHHH", data, 2 << 16, 1, 1, 1, 1)  # four clusters in use
    return bytes(data)


def with_extension(data: bytes, kind: int, body: bytes, *, length: int | None = None) -> bytes:
    """The image with a header extension."""
    extension = struct.pack(">II", kind, len(body) if length is None else length) + body
    return data[:104] + extension + data[104 + len(extension) :]


def make_qcow2(path: Path, content: bytes | None = None, *options: str, size: str = "1M") -> bytes:
    """A qcow2 image that qemu-img makes, from raw content or empty with options."""
    if content is None:
        run("qemu-img", "create", "-q", "-f", "qcow2", *options, str(path), size)
    else:
        raw = path.with_suffix(".source")
        raw.write_bytes(content)
        run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", *options, str(raw), str(path))
        raw.unlink()
    return path.read_bytes()


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a tool; its failure fails the test."""
    subprocess.run(command, check=True, timeout=60, capture_output=True, cwd=cwd)
