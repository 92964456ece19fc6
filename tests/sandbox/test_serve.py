"""The socket of a sandbox, and the link to it."""

import socket

import pytest

from stratus.drivers.link.sandbox import SandboxLink, address_of
from stratus.errors import Conflict, NodeUnreachable, NotFound
from stratus.sandbox.serve import serve_all

PONG = {"node7": {"ping": lambda params: {"epoch": 3}}}


def methods_of(node):
    if node not in PONG:
        raise NotFound(f"no node is called {node}")
    return PONG[node]


@pytest.fixture(params=["short", "so-long-that-the-address-of-a-socket-has-no-room-for-it-" * 3])
def path(request, tmp_path):
    folder = tmp_path / request.param
    folder.mkdir()
    return folder / "socket"


def said_to(path, line):
    """What somebody who speaks no protocol is answered."""
    with socket.socket(socket.AF_UNIX) as caller, address_of(path) as address:
        caller.settimeout(10.0)
        caller.connect(address)
        try:
            caller.sendall(line)
            caller.shutdown(socket.SHUT_WR)
            return caller.recv(100)
        except ConnectionError:  # hung up on before all was said
            return b""


def test_a_node_answers_by_its_name_and_nobody_gets_inside(path):
    with serve_all(path, methods_of):
        link = SandboxLink(str(path), "node7")
        assert link.call("ping", {}) == {"epoch": 3}
        with pytest.raises(Conflict, match="sandbox"):
            link.attach(("console", "1"))
        link.close()
    assert not path.exists()


def test_without_its_process_the_next_command_is_named(path):
    with pytest.raises(NodeUnreachable, match="does not run") as caught:
        SandboxLink(str(path), "node7").call("ping", {})
    assert caught.value.hint.startswith("stratus sandbox start --dir")


@pytest.mark.parametrize(
    "line", [b"", b"{}\n", b"\xff\xfe\n", b"[" * 100_000, b"x" * 100_000 + b"\n", b'{"node": 7}\n']
)
def test_who_speaks_otherwise_is_sent_away_and_others_are_answered(path, line):
    with serve_all(path, methods_of):
        assert said_to(path, line) == b""
        link = SandboxLink(str(path), "node7")
        assert link.call("ping", {}) == {"epoch": 3}
        link.close()
