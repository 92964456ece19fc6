"""A bell in a folder: rings in every other process that listens there, so that nobody has to look again and again.

Each listener has a datagram socket in the folder. A ring that finds nobody behind a socket removes it: its process was
killed. A ring may be lost with its process; whoever listens looks now and then all the same.
"""

import os
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

_LISTENER = re.compile(r"[0-9]+-[0-9a-f]{8}")


class Bell:
    """Listens from the first moment on; `heard` is called, in a thread of its own, when another process rings."""

    def __init__(self, folder: str, heard: Callable[[], None]) -> None:
        """The folder is made if it is missing, for the owner of the one that it is in (0700). Raises OSError."""
        _make(folder)
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._heard = heard
        self._open, self._lock = True, threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.bind(_address(self._folder, self._name))
            os.chmod(self._name, 0o666, dir_fd=self._folder)  # whoever may enter the folder may ring
        except OSError:
            self._let_go()
            raise
        threading.Thread(target=self._listen, name="bell", daemon=True).start()

    def ring(self) -> None:
        """Wake the others. Never waits, and nobody's trouble is the caller's."""
        with self._lock:
            if self._open:
                _ring_all(self._folder, self._name)

    def close(self) -> None:
        """Listen no more; may be called twice."""
        with self._lock, suppress(OSError):
            if self._open:
                _remove(self._folder, self._name)
                self._socket.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while self._socket.recv(1):
            self._heard()
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        self._open = False
        self._socket.close()
        os.close(self._folder)


def ring(folder: str) -> None:
    """Wake whoever listens in a folder; one that is not there has no listeners. Never waits, and raises nothing."""
    try:
        there = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    _ring_all(there, "")
    os.close(there)


def _make(folder: str) -> None:
    if os.path.isdir(folder):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    above = os.stat(os.path.dirname(os.path.abspath(folder)))
    if os.geteuid() == 0 and above.st_uid != 0:
        os.chown(folder, above.st_uid, above.st_gid)


def _ring_all(folder: int, but: str) -> None:
    with suppress(OSError):  # the folder is gone, or no descriptor is left: whoever listens looks now and then
        names = [name for name in os.listdir(folder) if name != but and _LISTENER.fullmatch(name)]
        if names:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringing:
                for name in names:
                    _ring_one(ringing, folder, name)


def _ring_one(ringing: socket.socket, folder: int, name: str) -> None:
    try:
        ringing.sendto(b"!", socket.MSG_DONTWAIT, _address(folder, name))
    except ConnectionRefusedError:
        _remove(folder, name)
    except OSError:
        return  # it has many rings before it already, or has just ended


def _remove(folder: int, name: str) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)


def _address(folder: int, name: str) -> str:
    """By the open folder, since the address of a socket may have 107 bytes only."""
    return f"/proc/self/fd/{folder}/{name}"
