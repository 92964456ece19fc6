"""What is wrong with this node besides its hypervisor: its disks, and what lies in its queues."""

import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

from stratus.drivers.queue.protocol import Queue
from stratus.model.node import Ailment
from stratus.model.paths import NodePaths

FULL_MIB = 16  # an order, a journal line and a context disk fit into less
FULL_INODES = 64


StatVfs = Callable[[Path], os.statvfs_result]


def disk_ailments(paths: NodePaths, statvfs: StatVfs = os.statvfs) -> Iterator[Ailment]:
    """The file systems on which nothing can be made any more; each is named once, by the first folder on it."""
    seen = set()
    for folder in (paths.instances, paths.queues, paths.images):
        there = _existing(Path(folder))
        device = there.stat().st_dev
        if device not in seen:
            seen.add(device)
            yield from _of(there, statvfs(there))


def queue_ailments(*queues: Queue) -> Iterator[Ailment]:
    """What was put aside, and what lies in the queues and is none of ours: work goes on, but somebody should look."""
    for queue in queues:
        strays = queue.strays()
        if strays:
            path, why = strays[0]
            more = f", and {len(strays) - 1} more" if len(strays) > 1 else ""
            yield Ailment(f"{path}: {why}{more}", f"less {shlex.quote(path)}", grave=False)


def _of(folder: Path, space: os.statvfs_result) -> Iterator[Ailment]:
    free_mib = space.f_bavail * space.f_frsize // (1024 * 1024)
    if space.f_flag & os.ST_RDONLY:
        yield Ailment(f"its disk is read-only: {folder}", f"dmesg | tail; mount -o remount,rw {_mount_point(folder)}")
    if free_mib < FULL_MIB:
        yield Ailment(f"its disk is full: {free_mib} MiB free in {folder}", f"df -h {folder}")
    if space.f_files and space.f_favail < FULL_INODES:  # some file systems do not count inodes, and say 0
        yield Ailment(f"its disk has no inodes left: {space.f_favail} free in {folder}", f"df -i {folder}")


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _mount_point(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.is_mount())
