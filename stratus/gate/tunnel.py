"""The bytes of one connection to a user's own instance, so that `stratus connect` reaches what only the front end can.

sshd forwards nothing for anybody: whether the instance is the caller's is asked here, and again while bytes flow."""

import contextlib
import os
import select
import socket

from stratus.errors import NodeUnreachable
from stratus.model.instance import Instance

CONNECT_S = 10.0
_CHUNK_BYTES = 1 << 16
_ENDED = select.POLLERR | select.POLLHUP | select.POLLNVAL


def dial(instance: Instance, port: int) -> socket.socket:
    """A connection to the instance's own address. Raises NodeUnreachable."""
    address = instance.lease.address
    try:
        guest = socket.create_connection((address, port), timeout=CONNECT_S)
    except OSError as error:
        raise NodeUnreachable(
            f"instance {instance.id} does not answer on port {port} of {address}: {error.strerror or error}",
            hint=f"stratus log --console {instance.id}",
        ) from error
    guest.settimeout(None)
    return guest


def carry(guest: socket.socket, input: int, output: int) -> None:
    """Bytes of `input` to the guest, the guest's to `output`, until the guest ends or nobody hears it."""
    poll = select.poll()
    poll.register(guest, select.POLLIN)
    poll.register(input, select.POLLIN)
    poll.register(output, 0)
    with contextlib.suppress(OSError):
        while True:
            ready = dict(poll.poll())
            if ready.get(output, 0) & _ENDED:
                return
            if guest.fileno() in ready:
                if not (piece := guest.recv(_CHUNK_BYTES)):
                    return
                _write(output, piece)
            if input in ready:
                if piece := os.read(input, _CHUNK_BYTES):
                    guest.sendall(piece)
                else:
                    poll.unregister(input)
                    guest.shutdown(socket.SHUT_WR)


def _write(output: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(output, rest) :]
