"""Why a node cannot be reached over SSH: each cause is named, with its mend."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stratus.drivers.link.dial import fetch_host_key
from stratus.drivers.link.hostkeys import host_key, pin, pinned
from stratus.drivers.link.ssh import SshLink
from stratus.errors import DeadlineExceeded, NodeUnreachable
from stratus.model.node import Reach
from tests.drivers.link.sshd import NODE, NewSshd, Sshd, free_port, make_key

pytestmark = pytest.mark.slow


@pytest.fixture
def sshd(new_sshd: NewSshd) -> Sshd:
    return new_sshd()


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    make_key(str(tmp_path / "id_ed25519"))
    return {"private_key": str(tmp_path / "id_ed25519"), "known_hosts": str(tmp_path / "known_hosts")}


def trouble_of(link: SshLink) -> NodeUnreachable:
    with pytest.raises(NodeUnreachable) as caught:
        link.call("echo", {})
    assert caught.value.message.startswith(f"{NODE}: ")
    return caught.value


@contextmanager
def server_that_says(*words: bytes, then_close: bool) -> Iterator[int]:
    """A port that takes connections, says that, and closes them or keeps still."""
    kept: list[socket.socket] = []

    def run(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            for word in words:
                connection.sendall(word)
            if then_close:
                connection.close()
            kept.append(connection)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=run, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()


def link_to(port: int, keys: dict[str, str], *, host: str = "127.0.0.1", timeout_s: float = 10) -> SshLink:
    return SshLink(NODE, Reach(host=host, port=port), connect_timeout_s=timeout_s, **keys)


def test_an_unknown_host_key_is_shown_with_how_to_pin_it(sshd: Sshd) -> None:
    Path(sshd.known_hosts).unlink()

    trouble = trouble_of(sshd.link())

    assert f"its host key is not known: 127.0.0.1:{sshd.port} shows ssh-ed25519 {sshd.host_key.fingerprint}" in str(
        trouble
    )
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in trouble.hint
    assert sshd.logins() == 0


def test_the_commands_of_the_hint_for_an_unknown_key_mend_it(sshd: Sshd) -> None:
    Path(sshd.known_hosts).unlink()
    link = sshd.link()
    command = trouble_of(link).hint.split("pin it: ")[1]

    subprocess.run(["/bin/sh", "-c", command], check=True, timeout=10)

    assert link.call("echo", {"n": 1}) == {"n": 1}
    link.close()


def test_a_changed_host_key_is_told_loudly_with_both_fingerprints(sshd: Sshd) -> None:
    pins = sshd.host_key
    sshd.stop()
    (sshd.folder / "host_key").unlink()
    make_key(str(sshd.folder / "host_key"))
    sshd.log.unlink()
    sshd.start()

    link = sshd.link()
    trouble = trouble_of(link)

    assert "THE HOST KEY HAS CHANGED" in trouble.message
    assert pins.fingerprint in trouble.message and sshd.host_key.fingerprint in trouble.message
    assert sshd.logins() == 0
    commands = trouble.hint.split("if it is the same: ")[1]
    subprocess.run(["/bin/sh", "-c", commands], check=True, timeout=10, capture_output=True)
    assert link.call("echo", {"n": 1}) == {"n": 1}
    link.close()


def test_a_changed_host_key_is_refused_by_attach_too(sshd: Sshd, tmp_path: Path) -> None:
    make_key(str(tmp_path / "other"))
    kind, encoded = (tmp_path / "other.pub").read_text().split()[:2]
    pin(sshd.known_hosts, NODE, host_key(kind, encoded), replace=True)

    assert sshd.link().attach(["version"]) == 255


def test_a_pinned_key_of_another_type_is_the_one_that_is_asked_for(new_sshd: NewSshd, tmp_path: Path) -> None:
    rsa = str(tmp_path / "rsa_key")
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa], check=True, timeout=20)
    sshd = new_sshd(settings=f"HostKey {rsa}")
    kind, encoded = Path(f"{rsa}.pub").read_text().split()[:2]
    pin(sshd.known_hosts, NODE, host_key(kind, encoded), replace=True)
    link = sshd.link()

    assert link.call("echo", {"n": 1}) == {"n": 1}
    link.close()


def test_fetch_host_key_shows_what_the_server_has(sshd: Sshd) -> None:
    key = fetch_host_key("127.0.0.1", sshd.port)

    assert key == sshd.host_key == pinned(sshd.known_hosts, NODE)[0]
    listed = subprocess.run(
        ["ssh-keygen", "-lf", str(sshd.folder / "host_key.pub")], capture_output=True, text=True, check=True, timeout=10
    )
    assert key.fingerprint in listed.stdout


def test_a_key_that_the_node_does_not_know_is_refused(sshd: Sshd, tmp_path: Path) -> None:
    make_key(str(tmp_path / "stranger"))

    trouble = trouble_of(sshd.link(private_key=str(tmp_path / "stranger")))

    assert f"does not let {sshd.user} in with the key {tmp_path}/stranger (permission denied)" in trouble.message
    assert f"stranger.pub to {sshd.user}'s authorized_keys" in trouble.hint


def test_a_missing_private_key_is_told(sshd: Sshd, tmp_path: Path) -> None:
    trouble = trouble_of(sshd.link(private_key=str(tmp_path / "none")))

    assert f"private key {tmp_path}/none is missing" in trouble.message
    assert f'ssh-keygen -t ed25519 -N "" -f {tmp_path}/none' in trouble.hint


def test_a_private_key_that_is_none_is_told(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "rubbish").write_text("rubbish\n")

    assert (
        f"private key {tmp_path}/rubbish cannot be used"
        in trouble_of(sshd.link(private_key=str(tmp_path / "rubbish"))).message
    )


def test_a_private_key_with_a_passphrase_is_told(sshd: Sshd, tmp_path: Path) -> None:
    locked = str(tmp_path / "locked")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", locked], check=True, timeout=20)

    trouble = trouble_of(sshd.link(private_key=locked))

    assert f"private key {locked} cannot be used" in trouble.message
    assert "without passphrase" in trouble.hint


def test_a_folder_instead_of_a_private_key_is_told(sshd: Sshd, tmp_path: Path) -> None:
    assert "cannot be read: Is a directory" in trouble_of(sshd.link(private_key=str(tmp_path))).message


def test_a_refused_connection_is_told(keys: dict[str, str]) -> None:
    port = free_port()

    trouble = trouble_of(link_to(port, keys))

    assert f"nothing listens on 127.0.0.1:{port} (connection refused)" in trouble.message
    assert "start sshd" in trouble.hint


def test_a_name_that_is_not_known_is_told(keys: dict[str, str]) -> None:
    trouble = trouble_of(link_to(22, keys, host="no such host.invalid"))

    assert "the name no such host.invalid cannot be resolved" in trouble.message
    assert "getent hosts" in trouble.hint


def test_a_server_that_accepts_and_says_nothing_is_told_in_time(keys: dict[str, str]) -> None:
    with server_that_says(then_close=False) as port:
        trouble = trouble_of(link_to(port, keys, timeout_s=0.3))

    assert f"127.0.0.1:{port} accepts connections but says nothing within 0.3 s" in trouble.message


def test_a_caller_waits_no_longer_for_a_silent_server_than_it_wants(keys: dict[str, str]) -> None:
    with server_that_says(then_close=False) as port, pytest.raises(DeadlineExceeded, match="n1 was not reached"):
        link_to(port, keys).call("echo", {}, timeout_s=0.1)


def test_a_server_that_greets_and_then_says_nothing_is_told_in_time(keys: dict[str, str]) -> None:
    with server_that_says(b"SSH-2.0-Stone\r\n", then_close=False) as port:
        trouble = trouble_of(link_to(port, keys, timeout_s=0.5))

    assert "no SSH session" in trouble.message and "SSH-2.0-Stone" in trouble.message


@pytest.mark.parametrize("words", [(), (b"Exceeded MaxStartups\r\n",), (b"Not allowed at this time\r\n",)])
def test_a_connection_dropped_before_the_greeting_is_told_as_maxstartups(
    words: tuple[bytes, ...], keys: dict[str, str]
) -> None:
    with server_that_says(*words, then_close=True) as port:
        trouble = trouble_of(link_to(port, keys))

    assert "dropped the connection before its greeting" in trouble.message
    assert "MaxStartups" in trouble.hint


def test_a_real_sshd_that_is_full_is_told_as_maxstartups(new_sshd: NewSshd) -> None:
    sshd = new_sshd(settings="MaxStartups 1")
    with socket.create_connection(("127.0.0.1", sshd.port)) as loiterer:
        loiterer.recv(100)

        trouble = trouble_of(sshd.link())

    assert "MaxStartups" in trouble.message


def test_another_service_on_the_port_is_told(keys: dict[str, str]) -> None:
    with server_that_says(b"220 mail.example.org ESMTP\r\n", then_close=True) as port:
        trouble = trouble_of(link_to(port, keys))

    assert "is not sshd: it says '220 mail.example.org ESMTP'" in trouble.message


def test_a_missing_agent_is_told(new_sshd: NewSshd) -> None:
    sshd = new_sshd(("/opt/nowhere/stratus-nodeagent",))

    trouble = trouble_of(sshd.link())

    assert "the agent is not installed there" in trouble.message
    assert "/opt/nowhere/stratus-nodeagent" in trouble.message  # the shell's own words


def test_an_agent_that_ends_at_once_is_told_with_what_it_printed(new_sshd: NewSshd) -> None:
    sshd = new_sshd(("/bin/sh", "-c", "echo This account is currently not available.; exit 1"))

    trouble = trouble_of(sshd.link())

    assert "ended with status 1; it printed: This account is currently not available." in trouble.message


def test_a_key_that_opens_no_session_is_told(new_sshd: NewSshd) -> None:
    sshd = new_sshd(settings="MaxSessions 0")

    assert "opened no session for the agent" in trouble_of(sshd.link()).message


def test_the_forced_command_gives_nobody_a_shell(sshd: Sshd) -> None:
    unchecked = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    there = ["-i", sshd.private_key, "-p", str(sshd.port), f"{sshd.user}@127.0.0.1"]
    done = subprocess.run(
        ["ssh", *unchecked, *there, "id; echo hacked"],
        capture_output=True,
        text=True,
        timeout=20,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 7  # Denied
    assert "this key opens the agent only" in done.stderr and "hacked" not in done.stdout


def test_all_who_wait_for_one_failing_attempt_get_its_error(keys: dict[str, str]) -> None:
    with server_that_says(then_close=False) as port:
        link = link_to(port, keys, timeout_s=0.5)
        together = threading.Barrier(8)
        troubles: list[str] = []

        def caller() -> None:
            together.wait(5)
            try:
                link.call("echo", {})
            except NodeUnreachable as error:
                troubles.append(error.message)

        threads = [threading.Thread(target=caller) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)

    assert len(troubles) == 8 and len(set(troubles)) == 1
