"""The premises of a real front end: files below its state directory, and the dispatcher by its pid file or unit."""

import os
from pathlib import Path

from stratus.errors import Denied
from stratus.model.paths import DISPATCHER_PID_FILE, DISPATCHER_UNIT, FrontEndPaths
from stratus.model.premises import PremisesSeen

_UNIT_FILE = f"/etc/systemd/system/{DISPATCHER_UNIT}"
_WORDS = (b"dispatch", b"--resident")


class FilePremises:
    """Implements `Premises`; `pid_file` and `unit_file` are where the installer puts those of the dispatcher."""

    def __init__(
        self, paths: FrontEndPaths, *, pid_file: str = DISPATCHER_PID_FILE, unit_file: str = _UNIT_FILE
    ) -> None:
        self._paths, self._pid_file, self._unit_file = paths, pid_file, unit_file

    def look(self) -> PremisesSeen:
        """Key, pinned host keys, dispatcher."""
        return PremisesSeen(_mode(self._paths.private_key), _pinned(self._paths.known_hosts), self._dispatcher())

    def close_key(self) -> None:
        """Have only its owner read the private key."""
        try:
            os.chmod(self._paths.private_key, 0o600)
        except PermissionError as error:
            raise Denied(f"the mode of {self._paths.private_key} is not ours to change") from error

    def _dispatcher(self) -> str:
        """Whether the resident dispatcher runs that was installed here; another process may have its old number."""
        if os.path.exists(self._unit_file):
            pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        elif os.path.exists(self._paths.dispatcher_log):
            pids = _pids_in(self._pid_file)
        else:
            return "none"
        return "runs" if any(map(_is_dispatcher, pids)) else "dead"


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        return None


def _pinned(path: str) -> tuple[str, ...]:
    """The names at the beginning of the lines; they are written without hashes."""
    try:
        lines = Path(path).read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ()
    fields = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return tuple(name for words in fields for name in words[0].split(","))


def _pids_in(path: str) -> list[int]:
    try:
        text = Path(path).read_text("utf-8").strip()
    except FileNotFoundError:
        return []
    return [int(text)] if text.isdigit() else []


def _is_dispatcher(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return all(word in words for word in _WORDS)
