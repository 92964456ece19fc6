import errno
import hashlib
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from stratus.drivers.disks.aside import aside
from stratus.drivers.disks.command import run
from stratus.drivers.disks.local import LocalDisks
from stratus.errors import BadInput, CommandFailed, DeadlineExceeded, NoCapacity
from tests.drivers.disks.contract import CONTEXT, DisksContract, House

# A machine that is no node lacks qemu-img; the live tier's installation brings it.
pytestmark = [] if shutil.which("qemu-img") else [pytest.mark.live]


@pytest.fixture
def house(tmp_path: Path) -> House:
    base = tmp_path / "images" / "one"
    base.parent.mkdir()
    base.write_bytes(os.urandom(2**20))
    base.chmod(0o444)
    return House(LocalDisks(), str(base), str(tmp_path / "instances"), _look)


class TestLocalDisks(DisksContract):
    pass


def _look(path: str) -> object | None:
    """The content and the inode, so that a file that was written again is seen as another one."""
    if not os.path.exists(path):
        return None
    return os.stat(path).st_ino, hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _info(path: str) -> dict[str, object]:
    done = subprocess.run(["qemu-img", "info", "-f", "qcow2", "--output=json", path], capture_output=True, check=True)
    info: dict[str, object] = json.loads(done.stdout)
    return info


def _tag(path: str, name: str) -> str:
    done = subprocess.run(["/usr/sbin/blkid", "-p", "-s", name, "-o", "value", path], capture_output=True, text=True)
    return done.stdout.strip()


def test_an_overlay_names_its_image_and_the_format_to_read_it_with(house: House) -> None:
    path = f"{house.instances}/12/root.qcow2"
    house.disks.clone(house.base, "raw", path, "qcow2", size_bytes=4 * 2**20)

    info = _info(path)

    assert info["backing-filename"] == house.base
    assert info["backing-filename-format"] == "raw"
    assert info["virtual-size"] == 4 * 2**20
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert os.listdir(os.path.dirname(path)) == ["root.qcow2"]


def test_an_overlay_over_a_qcow2_image(house: House) -> None:
    base, path = f"{house.base}.qcow2", f"{house.instances}/12/root.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", base, "8M"], check=True)

    house.disks.clone(base, "qcow2", path, "qcow2")

    assert _info(path)["backing-filename-format"] == "qcow2"
    assert _info(path)["virtual-size"] == 8 * 2**20


@pytest.mark.parametrize("format", ["raw", "qcow2"])
def test_a_clone_is_never_smaller_than_its_image(house: House, format: str) -> None:
    with pytest.raises(BadInput, match="cannot hold its image of 1048576 bytes"):
        house.disks.clone(house.base, "raw", f"{house.instances}/12/root", format, size_bytes=512)


def test_an_image_that_is_not_what_its_format_says_is_refused(house: House) -> None:
    with pytest.raises(BadInput, match="not a qcow2 image"):
        house.disks.clone(house.base, "qcow2", f"{house.instances}/12/root", "qcow2")


def test_a_reflink_copy_is_made_where_the_file_system_can_and_refused_where_not(house: House) -> None:
    path = f"{house.instances}/12/root.raw"
    if house.disks.reflinks(os.path.dirname(house.base)):
        house.disks.clone(house.base, "raw", path, "raw", size_bytes=2 * 2**20)
        assert os.path.getsize(path) == 2 * 2**20
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    else:
        with pytest.raises(CommandFailed, match="cp failed"):
            house.disks.clone(house.base, "raw", path, "raw")
        assert os.listdir(os.path.dirname(path)) == []


def test_reflinks_are_what_cp_finds_too(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\0" * 8192)

    copied = subprocess.run(["cp", "--reflink=always", tmp_path / "a", tmp_path / "b"], capture_output=True)

    assert LocalDisks().reflinks(str(tmp_path)) == (copied.returncode == 0)


def test_a_directory_that_is_not_made_yet_is_as_its_parent(tmp_path: Path) -> None:
    disks = LocalDisks()

    assert disks.reflinks(str(tmp_path / "not" / "yet")) == disks.reflinks(str(tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("filesystem", "kind", "label"), [("swap", "swap", "swap"), ("ext4", "ext4", "volatile")])
def test_a_file_system_has_its_label_and_takes_little_room(
    house: House, filesystem: str, kind: str, label: str
) -> None:
    path = f"{house.instances}/12/disk.raw"

    house.disks.make(path, 1024, filesystem=filesystem)

    assert (_tag(path, "TYPE"), _tag(path, "LABEL")) == (kind, label)
    assert os.path.getsize(path) == 2**30
    assert os.stat(path).st_blocks * 512 < 2**21
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


@pytest.mark.parametrize("filesystem", ["swap", "ext4"])
def test_the_same_disk_has_the_same_bytes(house: House, filesystem: str) -> None:
    path, digests = f"{house.instances}/12/disk.raw", []
    for _ in range(2):
        house.disks.make(path, 16, filesystem=filesystem)
        digests.append(hashlib.sha256(Path(path).read_bytes()).hexdigest())
        os.unlink(path)

    assert digests[0] == digests[1]


def test_two_disks_never_have_the_same_uuid(house: House) -> None:
    paths = [f"{house.instances}/{number}/disk.raw" for number in (12, 13)]
    for path in paths:
        house.disks.make(path, 16, filesystem="ext4")

    assert _tag(paths[0], "UUID") != _tag(paths[1], "UUID") != ""


def test_files_and_directories_keep_others_out(house: House) -> None:
    house.disks.make_directory(f"{house.instances}/12")
    house.disks.write_record(f"{house.instances}/12/instance.json", "{}")
    house.disks.write_context(f"{house.instances}/12/context.iso", CONTEXT)

    modes = [
        stat.S_IMODE(os.stat(f"{house.instances}/12{name}").st_mode) for name in ("", "/instance.json", "/context.iso")
    ]

    assert modes == [0o711, 0o600, 0o600]


def test_a_symbolic_link_is_neither_followed_nor_removed(house: House, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    (treasure / "12").mkdir(parents=True)
    house.disks.make_directory(f"{house.instances}/13")
    os.symlink(treasure / "12", f"{house.instances}/12")
    os.symlink(treasure, f"{house.instances}/13/link")

    with pytest.raises(BadInput, match="left alone"):
        house.disks.remove(f"{house.instances}/12")
    house.disks.remove(f"{house.instances}/13")

    assert (treasure / "12").is_dir()
    assert house.disks.directories(house.instances) == []


def test_a_failing_block_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")

    with pytest.raises(ZeroDivisionError), aside(str(tmp_path / "file")) as other:
        Path(other).write_text("half")
        raise ZeroDivisionError

    assert (tmp_path / "file").read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_file_system_is_named_with_what_is_left(tmp_path: Path, number: int) -> None:
    with pytest.raises(NoCapacity, match=rf"no space left for {tmp_path}/file: \d+ MiB"), aside(str(tmp_path / "file")):
        raise OSError(number, "full")


def test_a_program_that_met_a_full_file_system_is_understood(tmp_path: Path) -> None:
    argv = ("sh", "-c", "echo 'cp: error writing: No space left on device' >&2; exit 1")

    with pytest.raises(NoCapacity, match="no space left for"):
        run(argv, makes=str(tmp_path / "file"), timeout_s=10)


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(CommandFailed, match=r"ls failed with status 2: ls: cannot access '/none'"):
        run(("ls", "/none"), makes="/tmp/file", timeout_s=10)


def test_a_program_that_is_missing_is_named() -> None:
    with pytest.raises(CommandFailed, match="no-such-program is not installed"):
        run(("no-such-program",), makes="/tmp/file", timeout_s=10)


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(DeadlineExceeded, match=r"took more than 0\.1 s"):
        run(("sleep", "60"), makes="/tmp/file", timeout_s=0.1)


def test_what_somebody_put_in_the_place_of_a_record_is_seen_and_stops_nobody(house: House) -> None:
    for number in (1, 2, 3, 4):
        house.disks.make_directory(f"{house.instances}/{number}")
    os.mkdir(f"{house.instances}/1/instance.json")
    os.symlink("/etc/hostname", f"{house.instances}/2/instance.json")
    os.mkfifo(f"{house.instances}/3/instance.json")
    os.mkdir(f"{house.instances}/\u00b2")  # a digit, and no number
    folder, link, pipe, empty = house.disks.folders(house.instances)
    assert "directory" in folder.record and "symbolic" in link.record
    assert pipe.record == empty.record == ""
