"""The link to a node that a sandbox plays: its process answers for all its nodes on one Unix socket.

The caller's first line names the node, {"node": "node7"}, or with "" the sandbox itself; then all is as on any link."""

import contextlib
import os
import shlex
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stratus.drivers.link.lines import encode
from stratus.drivers.link.reopening import ReopeningWire
from stratus.drivers.link.wire import Streams, Wire
from stratus.errors import NodeUnreachable
from stratus.model.sandbox import no_guest

_HELLO_TIMEOUT_S = 10.0


class SandboxLink:
    """A link to the node `node` of the sandbox that listens on the socket `path`."""

    def __init__(self, path: str, node: str) -> None:
        self._path, self._node = Path(path), node
        self._wire = ReopeningWire(node or "the sandbox", self._open)

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        """As Link.call."""
        return self._wire.call(method, params, timeout_s=timeout_s)

    def attach(self, argv: Sequence[str]) -> int:
        """There is nothing to attach to. Raises Conflict."""
        raise no_guest()

    def close(self) -> None:
        """As Link.close."""
        self._wire.close()

    def _open(self) -> Wire:
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with address_of(self._path) as address:
                ours.connect(address)
            ours.sendall(encode({"node": self._node}))
        except OSError as error:
            ours.close()
            raise self._ended() from error

        def close() -> None:
            with contextlib.suppress(OSError):
                ours.shutdown(socket.SHUT_RDWR)

        streams = Streams(ours.recv, ours.sendall, close, ours.close, self._ended)
        return Wire.opened(self._node or "the sandbox", streams, timeout_s=_HELLO_TIMEOUT_S)

    def _ended(self) -> NodeUnreachable:
        what = f"the sandbox in {self._path.parent} does not run"
        return NodeUnreachable(what, hint=shlex.join(("stratus", "sandbox", "start", "--dir", str(self._path.parent))))


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """An address of the socket `path` that is short enough for the kernel, by its open folder, while it is needed."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
