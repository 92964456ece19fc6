"""What a disk image really is, judged by its first and last bytes, never by its name.

A raw disk that starts with the header of another format is an attack: whoever opens it without saying "raw" would
follow the header, which may name any other file of the machine. So it is refused before anything opens it.
"""

from stratus.errors import BadInput

HEAD_BYTES = 4096  # what `sniff` wants to see of the start
TAIL_BYTES = 512  # and of the end
SECTOR_BYTES = 512
QCOW2_MAGIC = b"QFI\xfb"

_AT_START = (
    (b"KDMV", "a VMDK image"),
    (b"COWD", "a VMDK image"),
    (b"vhdxfile", "a VHDX image"),
    (b"conectix", "a VHD image"),
    (b"QED\0", "a QED image"),
    (b"WithoutFreeSpace", "a Parallels image"),
    (b"WithouFreSpacExt", "a Parallels image"),
    (b"Bochs Virtual HD Image", "a Bochs image"),
    (b"#!/bin/sh\n#V2.0 Format\n", "a cloop image"),
    (b"\x1f\x8b\x08", "a gz file inside"),
    (b"BZh", "a bz2 file inside"),
    (b"\xfd7zXZ\0", "an xz file inside"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x04\x22\x4d\x18", "an lz4 file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"PK\x03\x04", "a zip archive"),
)


def sniff(head: bytes, tail: bytes = b"") -> str:
    """raw, qcow2, or the name of something else in words, such as "a VMDK image"."""
    if head.startswith(QCOW2_MAGIC):
        return "a QCOW image of version 1" if head[4:8] == b"\0\0\0\1" else "qcow2"
    for magic, name in _AT_START:
        if head.startswith(magic):
            return name
    if head[0x40:0x44] == b"\x7f\x10\xda\xbe":
        return "a VDI image"
    if head[257:262] == b"ustar":
        return "a tar archive (an OVA, perhaps)"
    if _is_vmdk_descriptor(head):
        return "a VMDK image"
    if head[:64].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if tail.startswith(b"conectix"):
        return "a VHD image"
    if tail.startswith(b"koly"):
        return "a DMG image"
    return "raw"


def chosen_format(declared: str, head: bytes, tail: bytes = b"") -> str:
    """raw or qcow2, as the content says. Raises BadInput when it is something else, or not what was declared."""
    found = sniff(head, tail)
    if found not in ("raw", "qcow2"):
        raise BadInput(f"the content is {found}, not a raw or qcow2 disk", hint=_conversion(found))
    if declared and declared != found:
        if declared == "qcow2":
            raise BadInput("the image is declared qcow2 but its content has no qcow2 header", hint="leave --format out")
        raise BadInput(
            "the image is declared raw but its content starts with a qcow2 header",
            hint="import it as qcow2; a raw disk with such a header is never accepted",
        )
    return found


def require_raw_size(size_bytes: int) -> None:
    """Raises BadInput unless a raw disk can have this size: whole sectors, and not empty."""
    if size_bytes == 0:
        raise BadInput("the image is empty")
    if size_bytes % SECTOR_BYTES:
        raise BadInput(
            f"a raw disk has whole sectors of {SECTOR_BYTES} bytes; this one has {size_bytes} bytes,"
            f" {size_bytes % SECTOR_BYTES} too many",
            hint="it was cut, or it is not a disk; look at it with: file IMAGE",
        )


def _is_vmdk_descriptor(head: bytes) -> bool:
    """Whether it is the text form of VMDK: comments and blank lines, then version=1, 2 or 3."""
    if b"# Disk DescriptorFile" in head[:512]:
        return True
    for line in head.split(b"\n"):
        text = line.strip()
        if text and not text.startswith(b"#"):
            return text.lower().replace(b" ", b"") in (b"version=1", b"version=2", b"version=3")
    return False


def _conversion(found: str) -> str:
    if found.endswith("inside"):
        return "it was compressed twice; decompress it once before importing it"
    for name, driver in (("VMDK", "vmdk"), ("VHDX", "vhdx"), ("VHD", "vpc"), ("VDI", "vdi"), ("QED", "qed")):
        if f"a {name} " in found:
            return f"convert a copy that you trust: qemu-img convert -f {driver} -O qcow2 IMAGE IMAGE.qcow2"
    return "give a raw or qcow2 disk, plain or compressed with gz, bz2 or xz"
