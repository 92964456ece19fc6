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
        """The folder is made if it is missing (0700)."""
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._name = f"{os.getpid()}-{os.urandom(4).hex()}"
        self._heard = heard
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address(self._name))
        threading.Thread(target=self._listen, name="bell", daemon=True).start()

    def ring(self) -> None:
        """Wake the others. Never waits, and nobody's trouble is the caller's."""
        with suppress(OSError):  # the folder is gone, or no descriptor is left: whoever listens looks now and then
            for name in os.listdir(self._folder):
                if name != self._name and _LISTENER.fullmatch(name):
                    self._ring(name)

    def close(self) -> None:
        """Listen no more."""
        self._remove(self._name)
        self._socket.shutdown(socket.SHUT_RDWR)

    def _ring(self, name: str) -> None:
        try:
            self._socket.sendto(b"!", socket.MSG_DONTWAIT, self._address(name))
        except ConnectionRefusedError:
            self._remove(name)
        except OSError:
            return  # it has many rings before it already, or has just ended

    def _listen(self) -> None:
        while self._socket.recv(1):
            self._heard()

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)

    def _address(self, name: str) -> str:
        """By the open folder, since the address of a socket may have 107 bytes only."""
        return f"/proc/self/fd/{self._folder}/{name}"
