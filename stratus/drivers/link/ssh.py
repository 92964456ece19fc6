"""The link over SSH: one connection and one channel to the forced command of a node, kept open for all calls."""

import contextlib
import shlex
import socket
import time
from collections.abc import Sequence
from typing import Any

from stratus.drivers.link.dial import closing_after, dial, paramiko
from stratus.drivers.link.hostkeys import alias
from stratus.drivers.link.lines import SERVE_COMMAND
from stratus.drivers.link.reopening import ReopeningWire
from stratus.drivers.link.tail import Tail
from stratus.drivers.link.terminal import run_in_terminal
from stratus.drivers.link.wire import Streams, Wire
from stratus.errors import NodeUnreachable
from stratus.model.node import Reach

_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # what a shell says of the forced command (POSIX, 2.8.2)


class SshLink:
    """A link to the agent of `node` through sshd and the forced command of the front end's key."""

    def __init__(
        self, node: str, reach: Reach, *, private_key: str, known_hosts: str, connect_timeout_s: float = 10.0
    ) -> None:
        """`known_hosts` holds the host keys under the nodes' names; see hostkeys.pin."""
        self._node = node
        self._reach = reach
        self._private_key = private_key
        self._known_hosts = known_hosts
        self._connect_timeout_s = connect_timeout_s
        self._wire = ReopeningWire(node, self._open)

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        """As Link.call."""
        return self._wire.call(method, params, timeout_s=timeout_s)

    def attach(self, argv: Sequence[str]) -> int:
        """As Link.attach, through the OpenSSH client, which knows all about terminals; 255 if it cannot connect."""
        return run_in_terminal(self._ssh(argv), hint="install the OpenSSH client: apt-get install openssh-client")

    def close(self) -> None:
        """As Link.close."""
        self._wire.close()

    def _open(self) -> Wire:
        deadline_s = time.monotonic() + self._connect_timeout_s
        transport = dial(
            self._node,
            self._reach,
            private_key=self._private_key,
            known_hosts=self._known_hosts,
            timeout_s=self._connect_timeout_s,
        )
        try:
            left_s = max(deadline_s - time.monotonic(), 0.1)
            with closing_after(transport, left_s):
                channel = transport.open_session(timeout=left_s)
                channel.exec_command(shlex.join(SERVE_COMMAND))
        except (paramiko.SSHException, EOFError, OSError) as error:
            transport.close()
            raise NodeUnreachable(
                f"{self._node}: sshd logged {self._reach.user} in, but opened no session for the agent: {error}",
                hint="read the log of the node's sshd (MaxSessions, a full process table)",
            ) from error
        streams = _Session(self._node, transport, channel).streams()
        return Wire.opened(self._node, streams, timeout_s=self._connect_timeout_s)

    def _ssh(self, argv: Sequence[str]) -> list[str]:
        options = {
            "HostKeyAlias": alias(self._node),
            "UserKnownHostsFile": _quoted(self._known_hosts),
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            "UpdateHostKeys": "no",
            "IdentityFile": _quoted(self._private_key),  # not -i, which takes no path with a %
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "BatchMode": "yes",
            "ConnectTimeout": str(max(1, round(self._connect_timeout_s))),
            "ServerAliveInterval": "15",
            "ServerAliveCountMax": "3",
            "LogLevel": "ERROR",
            # Who types may have come in through the gate, and ~C would open forwardings from this machine.
            "EscapeChar": "none",
        }
        flags = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        there = f"{self._reach.user}@{self._reach.host}"
        # The words after the host are joined for the forced command, which takes them apart as a shell would.
        return ["ssh", "-F", "none", "-tt", *flags, "-p", str(self._reach.port), "--", there, shlex.join(argv)]


def _quoted(path: str) -> str:
    """A path as one word in a value of ssh_config(5), where % begins a token."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


class _Session:
    """The channel to the forced command, as a wire wants it."""

    def __init__(self, node: str, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self._node = node
        self._transport = transport
        self._channel = channel
        self._words = Tail(node, channel.recv_stderr)

    def streams(self) -> Streams:
        return Streams(self._channel.recv, self._channel.sendall, self._close, self._close, self._cause)

    def _close(self) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.close()
        with contextlib.suppress(OSError):
            self._transport.sock.shutdown(socket.SHUT_RDWR)  # wakes its reader, which looks up only each 0.1 s
        self._transport.close()

    def _cause(self) -> NodeUnreachable:
        self._channel.status_event.wait(1.0)  # the status comes after the end of the output
        status, words = self._channel.exit_status, self._words.last_line()
        said = f": {words}" if words else ""
        if status == _NOT_FOUND:
            return NodeUnreachable(
                f"{self._node}: the agent is not installed there, or the forced command names another path{said}",
                hint="install the node's part of the software on it, and check its authorized_keys",
            )
        if status == _NOT_EXECUTABLE:
            return NodeUnreachable(
                f"{self._node}: the agent there cannot be executed{said}", hint="check the mode of its file on the node"
            )
        if status >= 0:
            return NodeUnreachable(
                f"{self._node}: the agent ended with status {status}{said}", hint="read the agent's log on the node"
            )
        broken = self._transport.get_exception()
        return NodeUnreachable(
            f"{self._node}: the connection broke{f': {broken}' if broken else ''}{said}",
            hint="the next call opens a new one",
        )
