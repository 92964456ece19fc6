import sys
import time
from pathlib import Path

import pytest

from stratus.drivers.images.qemu_img import require_sound_qcow2, run_bounded
from stratus.errors import BadInput, CommandFailed, DeadlineExceeded
from stratus.model.argv import images as argv
from tests.drivers.images.samples import make_qcow2, raw_disk


def python(program: str, **bounds: float) -> tuple[int, bytes, bytes]:
    known = {"memory_mib": 256, "cpu_s": 5, "timeout_s": 20.0, **bounds}
    return run_bounded([sys.executable, "-c", program], **known)  # type: ignore[arg-type]


def test_the_command_line_has_an_explicit_format_and_bounds() -> None:
    command = argv.bounded(argv.check("/image", "qcow2"), memory_mib=1, cpu_s=2)
    assert command[:3] == ["prlimit", "--as=1048576", "--cpu=2"]
    assert command[-6:] == ["qemu-img", "check", "-f", "qcow2", "--output=json", "/image"]
    assert argv.info("/image", "raw") == ["qemu-img", "info", "-f", "raw", "--output=json", "/image"]


def test_memory_is_bounded() -> None:
    status, _, err = python("bytearray(1 << 30)")
    assert status == 1 and b"MemoryError" in err


@pytest.mark.slow
def test_processor_time_is_bounded() -> None:
    started = time.monotonic()
    status, _, _ = python("while True: pass", cpu_s=1)
    assert status < 0
    assert time.monotonic() - started < 15


def test_wall_time_is_bounded_and_the_program_is_ended() -> None:
    with pytest.raises(DeadlineExceeded):
        python("import signal; signal.pause()", timeout_s=0.3)


def test_no_file_can_be_written(tmp_path: Path) -> None:
    status, _, _ = python(f"open({str(tmp_path / 'file')!r}, 'wb', buffering=0).write(b'x')")
    assert status != 0
    assert (tmp_path / "file").read_bytes() == b""


def test_endless_talk_is_not_kept() -> None:
    _, out, err = python("import sys; sys.stdout.write('x' * 3000000); sys.stderr.write('y' * 3000000)")
    assert (len(out), len(err)) == (1 << 20, 1 << 20)


def test_a_missing_program_is_told() -> None:
    with pytest.raises(CommandFailed, match="cannot run no-such-program"):
        run_bounded(["no-such-program", "info"], memory_mib=64, cpu_s=1, timeout_s=5)


def test_a_sound_image_gives_its_size(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    make_qcow2(path, raw_disk())
    assert require_sound_qcow2(str(path), odd_end=0, memory_mib=512, cpu_s=10, timeout_s=20) == 64 << 10


@pytest.mark.parametrize("bounds", [{"memory_mib": 20, "cpu_s": 10}])
def test_an_image_that_needs_more_than_is_allowed_is_refused(tmp_path: Path, bounds: dict[str, int]) -> None:
    path = tmp_path / "disk"
    make_qcow2(path, raw_disk())
    with pytest.raises((BadInput, CommandFailed)):
        require_sound_qcow2(str(path), odd_end=0, timeout_s=20, **bounds)


def test_what_qemu_img_cannot_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(b"QFI\xfb" + bytes(1000))
    with pytest.raises(BadInput, match="qemu-img cannot read the image"):
        require_sound_qcow2(str(path), odd_end=0, memory_mib=512, cpu_s=10, timeout_s=20)
