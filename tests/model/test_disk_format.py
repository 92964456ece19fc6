import subprocess
from pathlib import Path

import pytest

from stratus.errors import BadInput
from stratus.model.disk_format import HEAD_BYTES, TAIL_BYTES, chosen_format, require_raw_size, sniff


@pytest.mark.parametrize("driver", ["vmdk", "vdi", "vhdx", "vpc", "parallels", "qed", "qcow"])
def test_what_qemu_img_makes_is_recognised_and_refused(tmp_path: Path, driver: str) -> None:
    path = tmp_path / "disk"
    subprocess.run(["qemu-img", "create", "-q", "-f", driver, path, "8M"], check=True, timeout=30)
    head = path.read_bytes()[:HEAD_BYTES]
    assert sniff(head) not in ("raw", "qcow2")
    for declared in ("", "raw", "qcow2"):
        with pytest.raises(BadInput, match="not a raw or qcow2 disk"):
            chosen_format(declared, head)


@pytest.mark.parametrize("subformat", ["monolithicFlat", "twoGbMaxExtentSparse"])
def test_a_vmdk_descriptor_with_external_extents_is_refused(tmp_path: Path, subformat: str) -> None:
    path = tmp_path / "disk.vmdk"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "vmdk", "-o", f"subformat={subformat}", path, "8M"], check=True, timeout=30
    )
    with pytest.raises(BadInput, match="VMDK"):
        chosen_format("raw", path.read_bytes()[:HEAD_BYTES].ljust(HEAD_BYTES, b"\0"))


def test_a_fixed_vhd_is_recognised_by_its_end(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "vpc", "-o", "subformat=fixed", path, "8M"], check=True, timeout=30
    )
    data = path.read_bytes()
    assert sniff(data[:HEAD_BYTES], data[-TAIL_BYTES:]) == "a VHD image"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\n# comment\nversion = 1\nCID=1", "a VMDK image"),
        (b"<!DOCTYPE html><title>Log in</title>", "a web page"),
        (b"\r\n<HTML>", "a web page"),
        (bytes(257) + b"ustar\x0000", "a tar archive (an OVA, perhaps)"),
        (b"\x1f\x8b\x08\x00", "a gz file inside"),
        (b"PK\x03\x04", "a zip archive"),
    ],
)
def test_other_things_are_called_by_their_names(head: bytes, name: str) -> None:
    assert sniff(head.ljust(4096, b"\0")) == name


@pytest.mark.parametrize("head", [b"", bytes(4096), b"\xeb\x63\x90" + bytes(507) + b"\x55\xaa", b"version of my own"])
def test_the_rest_is_raw(head: bytes) -> None:
    assert sniff(head) == "raw"
    assert chosen_format("raw", head) == "raw"


def test_a_raw_disk_has_whole_sectors() -> None:
    require_raw_size(512)
    for size in (0, 1, 511, 513):
        with pytest.raises(BadInput):
            require_raw_size(size)
