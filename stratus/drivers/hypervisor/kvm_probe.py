"""Does a guest really run under KVM here? A device node and a list of capabilities may both lie, so one is started."""

import json
import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from stratus.model.values import dataclass

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0  # a guest under KVM is through in a third of a second
EXIT_VALUE = 0x2A
EXIT_STATUS = (EXIT_VALUE << 1) | 1  # what the isa-debug-exit device makes of it
DISK_BYTES = 1 << 20  # SeaBIOS does not boot from a disk of one sector

# The guest: a boot sector that goes from real mode to 64 bits, as every kernel does, does one 16-byte exchange (which
# emulators behind a /dev/kvm that is not quite KVM have been seen to lack) and writes EXIT_VALUE to port 0xf4.
GUEST = bytes.fromhex(
    "fafc31c08ed88ec08ed0bc007c"  # cli; cld; ax, ds, es, ss = 0; sp = 0x7c00
    "66bf001000000f22df6631c0b9000c66f3ab"  # cr3 = 0x1000; clear three pages from there
    "66c706001003200000"  # level 4, entry 0 -> 0x2000
    "66c706002003300000"  # level 3, entry 0 -> 0x3000
    "66c706003083000000"  # level 2, entry 0: the first 2 MiB as they are
    "0f20e00c200f22e0"  # cr4 |= PAE
    "66b9800000c00f3280cc010f30"  # EFER |= LME
    "660f0116907c"  # lgdt [0x7c90]
    "0f20c0660d010000800f22c0"  # cr0 |= PG, PE
    "ea667c0800"  # jump to 8:0x7c66, now in 64 bits
    "31c00fa2"  # cpuid 0
    "bf00400000f0480fc70f"  # lock cmpxchg16b [0x4000]
    "b02ae6f4"  # out 0xf4, EXIT_VALUE
    "f4ebfd"  # hlt, for ever
    "0f1f440000"  # up to 0x7c80
    "000000000000000000000000009a2000"  # the segments: none, 64-bit code
    "0f00807c0000"  # its size and place, at 0x7c90
)


@dataclass(frozen=True)
class Circumstances:
    """What the verdict depends on: when one of these changes, a guest is started again."""

    boot_id: str
    kernel: str
    emulator: str
    version: str


def why_not_kvm(
    emulator: str,
    version: str,
    state_dir: str,
    *,
    run: Callable[[str], str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> str:
    """ "" if a guest runs under KVM here, else what was seen when one was started. The verdict is kept in `state_dir`
    until the machine is booted again or the kernel or the emulator changes. `run` starts the guest (for tests)."""
    run = run or (lambda path: failure_under("kvm", "host,migratable=on", path, timeout_s=timeout_s))
    here = _circumstances(emulator, version)
    file = Path(state_dir, "kvm.json")
    known = _read(file, here)
    if known is not None:
        return known
    verdict = run(emulator)
    log.info("a guest under KVM: %s", verdict or "runs")
    _write(file, {"circumstances": asdict(here), "why_not_kvm": verdict})
    return verdict


def failure_under(accelerator: str, cpu: str, emulator: str, *, timeout_s: float = TIMEOUT_S) -> str:
    """ "" if the guest ran to its end under that accelerator, else what was seen. Kills it at the deadline."""
    with tempfile.NamedTemporaryFile(prefix="stratus-probe-", suffix=".img") as disk:
        disk.write(GUEST.ljust(510, b"\0") + b"\x55\xaa")
        disk.truncate(DISK_BYTES)
        disk.flush()
        try:
            done = subprocess.run(
                _command(accelerator, cpu, emulator, disk.name),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            return f"a guest did not come to its end within {timeout_s:g} s{_words(error.stderr)}"
        except OSError as error:
            return f"{emulator} cannot be started: {error.strerror}"
    if done.returncode == EXIT_STATUS:
        return ""
    return f"{_ending(done.returncode)}{_words(done.stderr)}"


def _command(accelerator: str, cpu: str, emulator: str, disk: str) -> tuple[str, ...]:
    drive = f"if=none,id=disk,format=raw,readonly=on,file={disk.replace(',', ',,')}"
    machine = ("-nodefaults", "-no-user-config", "-machine", "q35", "-accel", accelerator, "-cpu", cpu, "-m", "32")
    quiet = ("-display", "none", "-serial", "none", "-monitor", "none", "-no-reboot")
    devices = (
        "-drive",
        drive,
        "-device",
        "virtio-blk-pci,drive=disk",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4",
    )
    return (emulator, *machine, *quiet, *devices)


def _ending(status: int) -> str:
    if status < 0:
        return f"the emulator died of {signal.Signals(-status).name}"
    return f"the emulator ended with status {status}"


def _words(stderr: bytes | str | None) -> str:
    text = stderr.decode(errors="replace") if isinstance(stderr, bytes) else stderr or ""
    lines = [line.strip() for line in text.splitlines() if line.strip() and ": warning:" not in line]
    return f": {lines[0][:200]}" if lines else ""


def _circumstances(emulator: str, version: str) -> Circumstances:
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return Circumstances(boot_id, os.uname().release, emulator, version)


def _read(file: Path, here: Circumstances) -> str | None:
    try:
        kept = json.loads(file.read_text())
        return str(kept["why_not_kvm"]) if kept["circumstances"] == asdict(here) else None
    except (OSError, ValueError, KeyError, TypeError):
        # Nothing kept, or nothing to be read from it: the guest is started once more.
        return None


def _write(file: Path, kept: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".kvm-", delete=False) as aside:
        json.dump(kept, aside, indent=2)
        aside.flush()
        os.fsync(aside.fileno())
    os.replace(aside.name, file)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
