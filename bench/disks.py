"""The rows about an instance's own disk: it must not matter how large the image is."""

import subprocess
from pathlib import Path

from bench.command_line import program, silently
from bench.measure import Deed, Pairs, in_turn
from bench.row import Effort, Row
from stratus.drivers.disks.local import LocalDisks

GIB = 2**30
CLONES = 5


def _large(effort: Effort) -> Pairs:
    return in_turn(_clones(effort.folder, 20), _clones(effort.folder, 1), effort.rounds(15))


def _plain(effort: Effort) -> Pairs:
    base, overlay = _image(effort.folder, 20), effort.folder / "plain.qcow2"
    argv = (program("qemu-img"), "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "qcow2", str(overlay))
    raw = silently(argv)
    return in_turn(_clones(effort.folder, 20), lambda: [raw() for _ in range(CLONES)], effort.rounds(15))


ROWS = (
    Row("clone-large", "a clone of a 20 GiB image", "of a 1 GiB image", 1.1, _large),
    Row("clone", "a clone of a 20 GiB image, synced", "qemu-img create -b, not synced", 1.5, _plain),
)


def _clones(folder: Path, gib: int) -> Deed:
    base, disks = _image(folder, gib), LocalDisks()
    instance = folder / "instances" / str(gib)

    def deed() -> None:
        for number in range(CLONES):
            disks.clone(str(base), "qcow2", str(instance / f"{number}.qcow2"), "qcow2")
            (instance / f"{number}.qcow2").unlink()

    return deed


def _image(folder: Path, gib: int) -> Path:
    """A qcow2 image with a little in it."""
    path = folder / f"{gib}.qcow2"
    if not path.exists():
        subprocess.run((program("qemu-img"), "create", "-q", "-f", "qcow2", str(path), str(gib * GIB)), check=True)
    return path
