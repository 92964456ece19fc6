"""What takes root to arrange: a file system that is really full."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stratus.drivers.disks.local import LocalDisks
from stratus.errors import NoCapacity
from stratus.model.context.values import ContextDisk

pytestmark = pytest.mark.live

LARGE = "x" * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[str]:
    """An instance's directory on a file system with some 30 KiB left."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", tmp_path], check=True)
    try:
        (tmp_path / "filler").write_bytes(b"x" * 220 * 1024)
        (tmp_path / "base").touch()
        os.truncate(tmp_path / "base", 2**30)
        (tmp_path / "12").mkdir()
        yield str(tmp_path / "12")
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def _base(path: str) -> str:
    return str(Path(path).parents[1] / "base")


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda disks, path: disks.clone(_base(path), "raw", path, "qcow2"), id="clone"),
        pytest.param(lambda disks, path: disks.make(path, 64, filesystem="ext4"), id="ext4"),
        pytest.param(lambda disks, path: disks.write_record(path, LARGE), id="record"),
        pytest.param(
            lambda disks, path: disks.write_context(path, ContextDisk("CONTEXT", (("a", LARGE.encode()),))),
            id="context",
        ),
    ],
)
def test_a_full_file_system_is_said_and_nothing_half_written_stays(
    folder: str, write: Callable[[LocalDisks, str], object]
) -> None:
    with pytest.raises(NoCapacity, match=f"no space left for {folder}/file: 0 MiB"):
        write(LocalDisks(), f"{folder}/file")

    assert os.listdir(folder) == []
