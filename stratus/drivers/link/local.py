"""The link to this machine's own agent: a child process over pipes."""

import contextlib
import os
import socket
import subprocess
from collections.abc import Sequence
from typing import Any

from stratus.drivers.link.lines import SERVE_COMMAND
from stratus.drivers.link.reopening import ReopeningWire
from stratus.drivers.link.tail import Tail
from stratus.drivers.link.terminal import run_in_terminal
from stratus.drivers.link.wire import Streams, Wire
from stratus.errors import NodeUnreachable

_INSTALL_HINT = "install the node's part of the software on this machine, or correct the command of its agent"
_GRACE_S = 2.0


class LocalLink:
    """A link to a child that serves on its standard input and output, started by the first call."""

    def __init__(self, argv: Sequence[str], *, node: str = "this machine", start_timeout_s: float = 10.0) -> None:
        """`argv` is the agent's command line, with or without its `serve --stdio`."""
        self._agent = tuple(argv[:-2] if tuple(argv[-2:]) == SERVE_COMMAND else argv)
        self._node = node
        self._start_timeout_s = start_timeout_s
        self._wire = ReopeningWire(node, self._open)

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        """As Link.call."""
        return self._wire.call(method, params, timeout_s=timeout_s)

    def attach(self, argv: Sequence[str]) -> int:
        """As Link.attach: the agent's sub-command runs here."""
        return run_in_terminal([*self._agent, *argv], hint=_INSTALL_HINT)

    def close(self) -> None:
        """As Link.close: the agent's input ends; it finishes what it has in hand and ends."""
        self._wire.close()

    def _open(self) -> Wire:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                # A session of its own: Ctrl-C at the command must not stop the agent half-way through a step.
                child = subprocess.Popen(
                    [*self._agent, *SERVE_COMMAND],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise NodeUnreachable(f"{self._node}: cannot start the agent: {error}", hint=_INSTALL_HINT) from error
        return Wire.opened(self._node, _Child(self._node, child, ours).streams(), timeout_s=self._start_timeout_s)


class _Child:
    """The agent as a child, as a wire wants it.

    A pair of sockets and not pipes: shutting one down wakes a thread that is blocked on it, closing a pipe does not.
    """

    def __init__(self, node: str, child: "subprocess.Popen[bytes]", socket: socket.socket) -> None:
        assert child.stderr is not None
        self._node = node
        self._child = child
        self._socket = socket
        self._stderr = child.stderr
        self._words = Tail(node, lambda size: os.read(self._stderr.fileno(), size))

    def streams(self) -> Streams:
        return Streams(self._socket.recv, self._socket.sendall, self._close, self._free, self._cause)

    def _close(self) -> None:
        """Only its input ends: it finishes what it has in hand, ends by itself, and its output with it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _free(self) -> None:
        self._socket.close()
        self._words.last_line(timeout_s=_GRACE_S)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(_GRACE_S)
            self._stderr.close()

    def _cause(self) -> NodeUnreachable:
        words = self._words.last_line()
        try:
            status = f"status {self._child.wait(_GRACE_S)}"
        except subprocess.TimeoutExpired:
            status = "its output is closed"
        said = f": {words}" if words else ""
        return NodeUnreachable(f"{self._node}: the agent ended ({status}){said}", hint=_INSTALL_HINT)
