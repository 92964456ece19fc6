"""The second opinion on a qcow2 image: `qemu-img info` and `check`, with bounded memory, CPU time and wall time."""

import json
import os
import subprocess
import threading
from typing import IO, Any

from stratus.errors import BadInput, CommandFailed, DeadlineExceeded
from stratus.model.argv import images as argv

_KEPT_BYTES = 1 << 20  # of what it says; a damaged image gets a line for each cluster
_HINT = "make a clean copy of it where you trust it: qemu-img convert -f qcow2 -O qcow2 IMAGE COPY"


def require_sound_qcow2(path: str, *, odd_end: int | None, memory_mib: int, cpu_s: int, timeout_s: float) -> int:
    """The virtual size in bytes, if qemu-img finds nothing wrong. `odd_end`: see Qcow2Header.

    Raises BadInput when it does, or when the image makes it exceed a bound; CommandFailed when it cannot be run."""
    facts = _answer(argv.info(path, "qcow2"), (0,), memory_mib, cpu_s, timeout_s)
    if any(key in facts for key in ("backing-filename", "full-backing-filename", "encrypted")):
        raise BadInput("the qcow2 image has a backing file or is encrypted; an image must stand alone", hint=_HINT)
    if "data-file" in facts.get("format-specific", {}).get("data", {}):
        raise BadInput("the qcow2 image keeps its data in an external data file", hint=_HINT)
    # 3 = clusters are leaked, which wastes space and does no harm
    found = _answer(argv.check(path, "qcow2"), (0, 2, 3), memory_mib, cpu_s, timeout_s)
    errors = found.get("corruptions", 0) + found.get("check-errors", 0)
    if errors:
        raise BadInput(f"the qcow2 image was cut or damaged: qemu-img finds {errors} errors in its tables", hint=_HINT)
    if odd_end is not None:
        _require_whole_end(path, int(found.get("image-end-offset", 0)), odd_end)
    return int(facts["virtual-size"])


def _require_whole_end(path: str, end: int, odd_end: int) -> None:
    """qemu-img forgives a cut within the last cluster; but what QEMU writes there are whole sectors."""
    size = os.path.getsize(path)
    if size < end and size % 512 and size != odd_end:
        raise BadInput(f"the qcow2 image was cut: it has {size} bytes of {end}")


def _answer(command: list[str], good: tuple[int, ...], memory_mib: int, cpu_s: int, timeout_s: float) -> dict[str, Any]:
    status, out, err = run_bounded(command, memory_mib=memory_mib, cpu_s=cpu_s, timeout_s=timeout_s)
    if status < 0 or status >= 126:
        raise BadInput(
            f"qemu-img needs more than {memory_mib} MiB or {cpu_s} s to read the image, or failed on it"
            f" (status {status}): {_last_line(err)}",
            hint=_HINT,
        )
    if status not in good:
        raise BadInput(f"qemu-img cannot read the image: {_last_line(err)}", hint=_HINT)
    try:
        answer = json.loads(out)
    except ValueError as error:
        raise CommandFailed(f"qemu-img gave an answer that is no JSON: {out[:200]!r}") from error
    if not isinstance(answer, dict):
        raise CommandFailed(f"qemu-img gave an unexpected answer: {out[:200]!r}")
    return answer


def run_bounded(command: list[str], *, memory_mib: int, cpu_s: int, timeout_s: float) -> tuple[int, bytes, bytes]:
    """Status, output and errors of a command within bounds; of its output no more than 1 MiB is kept.

    Raises CommandFailed when a program is missing, DeadlineExceeded when it does not end in time."""
    bounded = argv.bounded(command, memory_mib=memory_mib, cpu_s=cpu_s)
    environment = {"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)}
    try:
        process = subprocess.Popen(
            bounded, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    except FileNotFoundError as error:
        raise CommandFailed(f"cannot run {bounded[0]}: it is not installed", hint="apt install util-linux") from error
    readers = [_Reader(stream) for stream in (process.stdout, process.stderr) if stream is not None]
    try:
        status = process.wait(timeout_s)
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded(f"{command[0]} {command[1]} did not end within {timeout_s:g} s") from error
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        out, err = (reader.result() for reader in readers)
    if status == 127 or b"failed to execute" in err:
        raise CommandFailed(f"cannot run {command[0]}: {_last_line(err)}", hint="apt install qemu-utils")
    return status, out, err


class _Reader(threading.Thread):
    """Reads a pipe to its end and keeps only the beginning."""

    def __init__(self, stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = bytearray()
        self.start()

    def run(self) -> None:
        """Read; called by the thread."""
        with self._stream:
            while part := self._stream.read(1 << 16):
                self._kept += part[: _KEPT_BYTES - len(self._kept)]

    def result(self) -> bytes:
        """What was kept, once the pipe is closed."""
        self.join()
        return bytes(self._kept)


def _last_line(err: bytes) -> str:
    lines = err.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
