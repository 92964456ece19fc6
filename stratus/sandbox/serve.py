"""The socket of a sandbox: whoever opens it names a node, and then speaks with that node's agent."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stratus.drivers.link.lines import Method, decode
from stratus.drivers.link.sandbox import address_of
from stratus.errors import StratusError
from stratus.nodeagent.serve import serve

log = logging.getLogger(__name__)
_FIRST_LINE_BYTES = 4096
_FIRST_LINE_S = 10.0
_BACKLOG = 1024


@contextmanager
def serve_all(path: Path, methods_of: Callable[[str], Mapping[str, Method]]) -> Iterator[None]:
    """Answer everybody who opens the socket `path`, which only its owner can, meanwhile."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        with address_of(path) as address:
            listener.bind(address)
        listener.listen(_BACKLOG)
        threading.Thread(target=_accept, args=(listener, methods_of), name="socket", daemon=True).start()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _accept(listener: socket.socket, methods_of: Callable[[str], Mapping[str, Method]]) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError as error:
            log.info("the socket is closed: %s", error)
            return
        threading.Thread(target=_speak, args=(caller, methods_of), name="caller", daemon=True).start()


def _speak(caller: socket.socket, methods_of: Callable[[str], Mapping[str, Method]]) -> None:
    with caller:
        try:
            caller.settimeout(_FIRST_LINE_S)
            methods = methods_of(str(decode(_first_line(caller)).get("node", "")))
            caller.settimeout(None)
        except (StratusError, OSError) as error:
            log.info("a caller is sent away: %s", error)
            return
        with caller.makefile("rb") as input, caller.makefile("wb") as output:
            serve(methods, input=input, output=output)


def _first_line(caller: socket.socket) -> bytes:
    """Byte by byte: what follows is for the agent."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _FIRST_LINE_BYTES and (byte := caller.recv(1)):
        line += byte
    return bytes(line)
