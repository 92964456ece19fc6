"""A bootable disk for BIOS machines: one FAT file system with kernel, initramfs and syslinux; needs no root."""

import os
from pathlib import Path

from stratus.drivers.appliance.tools import run
from stratus.model.argv import appliance as argv

_FIRST_DAY_S = 315532800  # 1980-01-01, FAT's first day
_SPARE_MIB = 2  # for the boot loader, the kept host key and clusters that are not full
_MIB = 1024 * 1024


def make_boot_disk(files: tuple[Path, ...], target: Path) -> None:
    """Write a raw disk that boots the syslinux.cfg among `files`; each goes to the top folder under its own name."""
    with target.open("wb") as disk:
        disk.truncate(size_mib_for(files) * _MIB)
    run(list(argv.make_file_system(str(target))), timeout_s=60)
    for file in files:
        os.utime(file, (_FIRST_DAY_S, _FIRST_DAY_S))
    run(list(argv.put_in(str(target), [str(file) for file in files])), timeout_s=60, env={"TZ": "UTC"})
    # It copies its own files with mtools, which take this for the time of day.
    env = {"SOURCE_DATE_EPOCH": str(_FIRST_DAY_S), "TZ": "UTC"}
    run(list(argv.make_bootable(str(target))), timeout_s=60, env=env)


def size_mib_for(files: tuple[Path, ...]) -> int:
    """How large a disk with these files is."""
    return max(12, sum(file.stat().st_size for file in files) // _MIB + 1 + _SPARE_MIB)


def to_qcow2(raw: Path, target: Path) -> None:
    """Write the raw disk as qcow2, compressed."""
    run(list(argv.to_qcow2(str(raw), str(target))), timeout_s=120)
