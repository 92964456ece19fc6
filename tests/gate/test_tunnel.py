"""Bytes to an instance and back, and the end of what may not go on."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stratus.errors import NodeUnreachable
from stratus.gate.tunnel import carry, dial
from stratus.gate.watching import watched
from stratus.model.instance import Lease
from tests.model import samples

DATA = os.urandom(1 << 20)


@contextmanager
def tunnel() -> Iterator[tuple[socket.socket, socket.socket, threading.Thread]]:
    """The client's end, the guest's, and the thread between them."""
    client, sshd = socket.socketpair()
    near, guest = socket.socketpair()

    output = sshd.dup()  # two numbers for one thing, as sshd gives them

    def run() -> None:
        carry(near, sshd.fileno(), output.fileno())
        for end in (near, sshd, output):
            end.close()

    thread = threading.Thread(target=run)
    thread.start()
    for end in (client, guest):
        end.settimeout(20)
    yield client, guest, thread
    client.close()
    guest.close()
    thread.join(20)
    assert not thread.is_alive()


def test_bytes_go_both_ways_unchanged() -> None:
    with tunnel() as (client, guest, _):
        sender = threading.Thread(target=client.sendall, args=(DATA,))
        sender.start()
        assert b"".join(_read(guest, len(DATA))) == DATA
        sender.join()
        guest.sendall(b"welcome")
        assert client.recv(100) == b"welcome"


def test_the_end_of_what_a_client_says_is_not_the_end_of_what_it_hears() -> None:
    with tunnel() as (client, guest, thread):
        client.sendall(b"all")
        client.shutdown(socket.SHUT_WR)
        assert b"".join(_read(guest, 4)) == b"all"
        guest.sendall(b"answer")
        guest.close()
        assert b"".join(_read(client, 100)) == b"answer"
        thread.join(20)


def test_a_client_that_is_gone_ends_it() -> None:
    with tunnel() as (client, guest, thread):
        client.close()
        assert guest.recv(1) == b""
        thread.join(20)
        assert not thread.is_alive()


def test_what_may_not_go_on_is_ended() -> None:
    ended = threading.Event()
    with watched(lambda: False, ended.set, look_s=0.001):
        assert ended.wait(20)
    ended.clear()
    with watched(lambda: True, ended.set, look_s=0.001):
        pass
    assert not ended.is_set()


def test_a_guest_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NodeUnreachable, match=f"instance 7 does not answer on port {port} of 127.0.0.1"):
        dial(samples.instance(7, lease=Lease("local", "127.0.0.1", "02:00:00:00:00:01")), port)


def _read(end: socket.socket, count: int) -> Iterator[bytes]:
    while count > 0 and (piece := end.recv(count)):
        count -= len(piece)
        yield piece
