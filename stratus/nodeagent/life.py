"""Which life of the machine this is: another one after every boot, also of a container that shares its kernel."""

import os
from pathlib import Path


def boot_id() -> str:
    """The kernel's id of this boot, and when the first process of this machine began."""
    kernel = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{kernel}:{os.readlink('/proc/self/ns/pid')}:{_first_process()}"


def _first_process() -> str:
    """When it began, in the kernel's ticks; "" where its entry is hidden from us."""
    try:
        return Path("/proc/1/stat").read_text(errors="replace").rpartition(")")[2].split()[19]  # field 22 of proc(5)
    except OSError:
        return ""
