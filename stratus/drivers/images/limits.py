"""How much an image may cost before it is refused: bytes, memory, time."""

from stratus.model.values import dataclass

KIB, MIB, GIB, TIB = 1 << 10, 1 << 20, 1 << 30, 1 << 40


@dataclass(frozen=True)
class Limits:
    """The bounds of one image store."""

    download_bytes: int = 64 * GIB  # what is transferred, as it comes
    content_bytes: int = 64 * GIB  # what it is when decompressed
    virtual_bytes: int = 2 * TIB  # the disk that a qcow2 image describes
    expansion: int = 10_000  # bytes of content for a byte of compressed input ...
    expansion_free_bytes: int = GIB  # ... above this size; empty disks compress well, bombs better
    keep_free_bytes: int = 256 * MIB  # on the store's file system
    xz_memory_bytes: int = 256 * MIB  # what an xz stream may ask for to be decompressed
    connect_s: float = 15.0
    answer_s: float = 60.0  # until the server has sent its headers, and between two pieces of content
    least_bytes_per_s: int = 1024  # over `slow_s` seconds; a server that is slower is given up
    slow_s: float = 60.0
    tries: int = 5  # in a row without progress
    sync_every_bytes: int = 32 * MIB  # a killed download loses at most this much
    wait_s: float = 6 * 3600.0  # for another fetch of the same location
    tool_memory_mib: int = 1024  # of qemu-img's address space
    tool_cpu_s: int = 120
    tool_s: float = 300.0
