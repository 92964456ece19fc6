"""A libvirtd that hangs, is not there or was restarted: the door says so or goes on, and never hangs."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stratus.drivers.hypervisor.connection import Connection
from stratus.drivers.hypervisor.libvirt import LibvirtHypervisor
from stratus.errors import CommandFailed, DeadlineExceeded, NotFound


@pytest.fixture
def deaf_socket(tmp_path: Path) -> Iterator[Path]:
    """The socket of a libvirtd that takes calls and never answers."""
    path = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        yield path


def door(path: Path, tmp_path: Path, timeout_s: float) -> LibvirtHypervisor:
    return LibvirtHypervisor(f"qemu:///system?socket={path}", state_dir=str(tmp_path), timeout_s=timeout_s)


def test_a_libvirtd_that_hangs_is_given_up_at_the_deadline(deaf_socket: Path, tmp_path: Path) -> None:
    before = time.monotonic()

    with pytest.raises(DeadlineExceeded, match=r"list the domains: .* within 0.2 s"):
        door(deaf_socket, tmp_path, 0.2).domains()

    assert time.monotonic() - before < 5


def test_calls_that_hang_do_not_pile_up_and_the_door_recovers_when_they_end(tmp_path: Path) -> None:
    path = tmp_path / "sock"
    hanging = door(path, tmp_path, 0.2)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        for _ in range(2):
            with pytest.raises(DeadlineExceeded, match=r"within 0\.2 s") as caught:
                hanging.domains()
        before = threading.active_count()
        with pytest.raises(DeadlineExceeded, match="earlier calls to the hypervisor still hang"):
            hanging.domains()
        with pytest.raises(DeadlineExceeded, match=r"within 0\.2 s"):
            hanging.undefine("one-1")  # another kind of call has its own chance
        assert threading.active_count() == before + 1
    assert "systemctl restart libvirtd" in caught.value.hint

    for thread in threading.enumerate():  # its process has ended, and so do the calls
        if thread.name.startswith("hypervisor:"):
            thread.join(10)
    with pytest.raises(CommandFailed, match="Connection refused"):
        hanging.domains()


def test_what_was_given_up_before_it_began_is_never_done() -> None:
    gate: threading.Event = threading.Event()
    done: list[Any] = []

    class Slow(Connection):
        def _connect(self) -> Any:
            return gate.wait(10)

    connection = Slow("test:///default", timeout_s=0.1)
    with pytest.raises(DeadlineExceeded):
        connection.call("define one-1", done.append)
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "hypervisor: define one-1":
            thread.join(10)

    assert done == []


def test_a_libvirtd_that_is_not_there_is_named_with_a_hint(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandFailed, match=r"list the domains: .*No such file") as caught:
        door(tmp_path / "nothing", tmp_path, 5.0).domains()

    assert "systemctl start libvirtd" in caught.value.hint
    assert capfd.readouterr().err == ""


def test_an_unknown_domain_is_not_found_and_nothing_is_said_on_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    connection = Connection("test:///default", timeout_s=10.0)

    with pytest.raises(NotFound, match="look up: Domain not found"):
        connection.call("look up", lambda connect: connect.lookupByName("nobody"))

    assert capfd.readouterr().err == ""


def test_a_connection_that_broke_under_a_call_is_replaced_and_the_call_repeated() -> None:
    connection = Connection("test:///default", timeout_s=10.0)
    seen: list[Any] = []

    def closes_the_first(connect: Any) -> str:
        seen.append(connect)
        if len(seen) == 1:
            connect.close()
        return str(connect.getURI())

    assert connection.call("ask", lambda connect: closes_the_first(connect)) == "test:///default"
    assert len(seen) == 2


def test_what_a_call_raises_of_ours_passes() -> None:
    connection = Connection("test:///default", timeout_s=10.0)

    def refuse(_connect: Any) -> None:
        raise CommandFailed("no")

    with pytest.raises(CommandFailed, match=r"^no$"):
        connection.call("refuse", refuse)


def test_the_thread_of_a_call_given_up_does_not_keep_the_process_alive(deaf_socket: Path, tmp_path: Path) -> None:
    with pytest.raises(DeadlineExceeded):
        door(deaf_socket, tmp_path, 0.1).domains()

    assert all(thread.daemon for thread in threading.enumerate() if thread.name.startswith("hypervisor:"))
