"""A socket in front of libvirtd's own, that can be cut as if libvirtd were restarted, or go deaf as if it hung."""

import socket
import threading
from pathlib import Path


class Proxy:
    """Listens at `path` and passes everything on to `target`, until it is told otherwise."""

    def __init__(self, path: Path, target: str) -> None:
        self._target = target
        self._heard = threading.Event()
        self._heard.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(16)
        self._start(self._accept)

    def cut(self) -> None:
        """Break every connection; new ones are welcome."""
        for pair in self._pairs:
            for end in pair:
                _shut(end)
        self._pairs.clear()

    def deaf(self) -> None:
        """Pass nothing on any more."""
        self._heard.clear()

    def hear(self) -> None:
        """Pass on again, also what came meanwhile."""
        self._heard.set()

    def close(self) -> None:
        """Break everything for good."""
        self.hear()
        _shut(self._listener)
        self.cut()

    def _start(self, work: object, *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()  # type: ignore[arg-type]

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            self._pairs.append((near, far))
            self._start(self._pump, near, far)
            self._start(self._pump, far, near)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._heard.wait()
                sink.sendall(data)
        except OSError:
            pass
        finally:
            _shut(source)
            _shut(sink)


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
