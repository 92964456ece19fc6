"""A bootable disk for BIOS machines: one FAT file system with kernel, initramfs and syslinux; needs no root."""

import os
from pathlib import Path

from stratus.drivers.appliance.tools import run

LABEL = "STRATUS"
_VOLUME_ID = "57a705ed"  # fixed, so that the same content gives the same file system
_FIRST_DAY_S = 315532800  # 1980-01-01, FAT's first day
_SPARE_MIB = 2  # for the boot loader, the kept host key and clusters that are not full
_MIB = 1024 * 1024


def make_boot_disk(files: tuple[Path, ...], target: Path) -> None:
    """Write a raw disk that boots the syslinux.cfg among `files`; each goes to the top folder under its own name."""
    size_mib = max(12, sum(file.stat().st_size for file in files) // _MIB + 1 + _SPARE_MIB)
    with target.open("wb") as disk:
        disk.truncate(size_mib * _MIB)
    # FAT16 whatever the size is: the guest looks for the label where FAT16 has it.
    run(["mkfs.vfat", "-F", "16", "-s", "4", "-i", _VOLUME_ID, "--invariant", "-n", LABEL, str(target)], timeout_s=60)
    for file in files:
        os.utime(file, (_FIRST_DAY_S, _FIRST_DAY_S))
    run(["mcopy", "-m", "-i", str(target), *map(str, files), "::"], timeout_s=60, env={"TZ": "UTC"})
    # It copies its own files with mtools, which take this for the time of day.
    run(["syslinux", "--install", str(target)], timeout_s=60, env={"SOURCE_DATE_EPOCH": str(_FIRST_DAY_S), "TZ": "UTC"})


def to_qcow2(raw: Path, target: Path) -> None:
    """Write the raw disk as qcow2, compressed: it boots as fast, and kernels with LZ4 inside shrink by a sixth."""
    run(["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", str(raw), str(target)], timeout_s=120)
