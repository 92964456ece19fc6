import io
import subprocess
from pathlib import Path

import pycdlib

from stratus.drivers.disks.iso import iso_image
from stratus.model.context.values import ContextDisk

LONG = "a very long name with ünïcödé and ☃ " + "x" * 180
ASTRAL = "emoji 😀 and * : ; ? \\.sh"
DISK = ContextDisk(
    "cidata",
    (
        ("meta-data", b"{}"),
        ("user-data", b"\0\xff" * 5000),
        ("vendor-data", b""),
        (LONG, b"long"),
        (LONG + "2", b"longer"),
        (ASTRAL, b"astral"),
        ("Case", b"1"),
        ("case", b"2"),
        ("case_1", b"3"),
        (".hidden", b"4"),
    ),
)


def _read(image: bytes, **way: str) -> dict[str, bytes]:
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(image))
    (key,) = way
    files = {}
    for child in iso.list_children(**way):
        if child.is_dir():
            continue
        name = child.rock_ridge.name().decode() if key == "rr_path" else child.file_identifier().decode("utf-16_be")
        content = io.BytesIO()
        if key == "rr_path":
            iso.get_file_from_iso_fp(content, rr_path=f"/{name}")
        else:
            iso.get_file_from_iso_fp(content, joliet_path=f"/{name}")
        files[name] = content.getvalue()
    iso.close()
    return files


def test_every_name_and_byte_comes_back_through_rock_ridge() -> None:
    assert _read(iso_image(DISK), rr_path="/") == dict(DISK.files)


def test_joliet_has_every_file_under_a_name_of_its_own() -> None:
    files = _read(iso_image(DISK), joliet_path="/")

    assert sorted(files.values()) == sorted(content for _, content in DISK.files)
    assert files["meta-data"] == b"{}"
    assert max(map(len, files)) <= 64


def test_blkid_reads_the_label(tmp_path: Path) -> None:
    for label in ("CONTEXT", "cidata"):
        path = tmp_path / label
        path.write_bytes(iso_image(ContextDisk(label, DISK.files)))
        done = subprocess.run(
            ["/usr/sbin/blkid", "-p", "-o", "export", path], capture_output=True, text=True, check=True
        )
        assert {f"LABEL={label}", "TYPE=iso9660"} <= set(done.stdout.splitlines())
