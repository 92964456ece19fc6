"""The gate by ssh, against a real sshd: one handshake for many commands, and what can be wrong."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.gate.gates import SshGates
from stratus.errors import ConfigError, Denied, GateUnreachable, NotFound
from stratus.model.endpoint import Endpoint
from stratus.model.requests import DescribeRequest, KillRequest
from tests.drivers.gate.contract import GateContract, NewGate, silent
from tests.drivers.link.conftest import new_sshd  # noqa: F401
from tests.drivers.link.sshd import NewSshd, Sshd, free_port, make_key

ROOT = str(Path(__file__).parents[3])
FRONT_DOOR = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.drivers.gate.front_door")
PATIENCE_S = 20.0


@pytest.fixture
def sshd(new_sshd: NewSshd) -> Sshd:  # noqa: F811
    return new_sshd(FRONT_DOOR)


@pytest.fixture
def place(sshd: Sshd) -> Endpoint:
    return Endpoint("127.0.0.1", sshd.port, sshd.user)


@pytest.fixture
def gates() -> Iterator[SshGates]:
    """Those of somebody whose home has a short name, as most have."""
    with tempfile.TemporaryDirectory(prefix="h") as home:
        yield SshGates(Path(home) / "ssh")


@pytest.fixture
def trusting(gates: SshGates, place: Endpoint) -> SshGates:
    gates.pin(place, gates.shown(place, timeout_s=PATIENCE_S))
    return gates


def look(gates: SshGates, place: Endpoint, key: str) -> object:
    """What one command does."""
    gate = gates.gate(place, key, timeout_s=PATIENCE_S)
    try:
        return gate.perform(DescribeRequest(), silent, silent)
    finally:
        gate.close()


class TestSshGate(GateContract):
    @pytest.fixture
    def new_gate(self, trusting: SshGates, place: Endpoint, sshd: Sshd) -> NewGate:
        return lambda: trusting.gate(place, sshd.private_key, timeout_s=PATIENCE_S)


def test_the_next_commands_need_no_handshake(trusting, place, sshd):
    for _ in range(3):
        assert look(trusting, place, sshd.private_key) == ()
    tunnel = trusting.gate(place, sshd.private_key, timeout_s=PATIENCE_S).stream(("tunnel", "5", "22"))
    done = subprocess.run(tunnel, input=" bytes", capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout == "5 22 bytes"
    assert trusting.gate(place, sshd.private_key, timeout_s=PATIENCE_S).attach(("console", "7")) == 7
    assert sshd.logins() == 1


def test_a_connection_that_was_cut_is_opened_again(trusting, place, sshd):
    assert look(trusting, place, sshd.private_key) == ()
    sshd.kill_sessions()
    assert look(trusting, place, sshd.private_key) == ()
    assert sshd.logins() == 2


def test_a_kept_connection_that_died_without_a_word_is_given_up(trusting, place, sshd):
    assert look(trusting, place, sshd.private_key) == ()
    (pid,) = sshd.sessions()
    os.kill(pid, signal.SIGSTOP)  # the network between is gone: nothing is answered, and nothing is refused
    try:
        gate = trusting.gate(place, sshd.private_key, timeout_s=2.0)
        assert gate.perform(DescribeRequest(), silent, silent) == ()
        gate.close()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert sshd.logins() == 2


def test_a_home_that_cannot_be_written_is_told(place, sshd, tmp_path):
    (tmp_path / "home").write_text("a file")
    gates = SshGates(tmp_path / "home" / "ssh")
    with pytest.raises(ConfigError, match="cannot be made"):
        gates.gate(place, "", timeout_s=PATIENCE_S).welcome()
    with pytest.raises(ConfigError, match="cannot be written"):
        gates.pin(place, sshd.host_key)


def test_where_the_path_of_a_socket_would_be_too_long_each_command_has_its_own_connection(place, sshd, tmp_path):
    gates = SshGates(tmp_path / ("long" * 30) / "ssh")
    gates.pin(place, gates.shown(place, timeout_s=PATIENCE_S))
    assert look(gates, place, sshd.private_key) == look(gates, place, sshd.private_key) == ()
    assert sshd.logins() == 2


def test_the_key_that_it_shows_is_its_own_and_nobody_logs_in_for_that(gates, place, sshd):
    assert gates.pinned(place) is None
    shown = gates.shown(place, timeout_s=PATIENCE_S)
    assert shown == sshd.host_key
    gates.pin(place, shown)
    gates.pin(place, shown)
    assert gates.pinned(place) == shown and sshd.logins() == 0


def test_a_host_that_is_not_known_is_told_nothing(gates, place, sshd):
    with pytest.raises(Denied, match="is not known here; nothing was sent") as refused:
        look(gates, place, sshd.private_key)
    assert refused.value.hint == f"stratus login {place}"
    assert sshd.logins() == 0


def test_a_host_that_shows_another_key_is_told_nothing(trusting, place, sshd):
    sshd.stop()
    (sshd.folder / "host_key").unlink()
    make_key(str(sshd.folder / "host_key"))
    sshd.start()
    with pytest.raises(Denied, match="HAS CHANGED") as refused:
        look(trusting, place, sshd.private_key)
    assert f"--host-key {sshd.host_key.fingerprint}" in refused.value.hint
    assert sshd.logins() == 0
    trusting.pin(place, sshd.host_key)
    assert look(trusting, place, sshd.private_key) == ()


def test_a_key_that_opens_nothing_is_refused(trusting, place, sshd, tmp_path):
    make_key(str(tmp_path / "other"))
    with pytest.raises(Denied, match="takes none of your keys"):
        look(trusting, place, str(tmp_path / "other"))


def test_a_front_end_where_nothing_listens_is_named(gates):
    nobody = Endpoint("127.0.0.1", free_port())
    with pytest.raises(GateUnreachable, match=r"nothing answers at 127.0.0.1, port .*: Connection refused"):
        gates.shown(nobody, timeout_s=PATIENCE_S)
    with pytest.raises(GateUnreachable, match="Connection refused"):
        look(gates, nobody, "")


def test_one_that_takes_the_connection_and_says_nothing_costs_its_time_out(gates):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        place = Endpoint("127.0.0.1", mute.getsockname()[1])
        gate = gates.gate(place, "", timeout_s=1.0)
        with pytest.raises(GateUnreachable):
            gate.welcome()
        gate.close()


def test_what_is_no_gate_is_named(trusting, place, sshd):
    sshd.authorise(("echo", "Welcome to nothing"))
    with pytest.raises(GateUnreachable, match="is no gate of stratus; it said: 'Welcome to nothing'"):
        look(trusting, place, sshd.private_key)


def test_a_forced_command_that_is_not_there_is_named(trusting, place, sshd):
    sshd.authorise(("/no/such/program",))
    with pytest.raises(GateUnreachable, match=r"ended the channel with status 127.*/no/such/program"):
        look(trusting, place, sshd.private_key)


def test_a_connection_that_breaks_before_the_answer_leaves_it_open(trusting, place, sshd):
    gate = trusting.gate(place, sshd.private_key, timeout_s=PATIENCE_S)
    with pytest.raises(GateUnreachable, match="whether what you asked for was done is not known"):
        gate.perform(KillRequest(("web",)), silent, silent)
    gate.close()


def test_without_ssh_one_is_told_how_to_get_it(gates, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="there is no program ssh"):
        gates.gate(Endpoint("127.0.0.1"), "", timeout_s=1.0).welcome()
    with pytest.raises(NotFound, match="there is no program ssh"):
        gates.shown(Endpoint("127.0.0.1"), timeout_s=1.0)


def test_a_file_of_known_hosts_may_have_anything_in_it(gates, place, sshd):
    shown = gates.shown(place, timeout_s=PATIENCE_S)
    gates.pin(place, shown)
    path = gates._folder / "known_hosts"
    path.write_bytes(b"\xff\0 nonsense\n@revoked * x\n\n" + path.read_bytes())
    assert gates.pinned(place) == shown
    gates.pin(place, shown)
    assert b"nonsense" in path.read_bytes()
    shutil.rmtree(path.parent)
    assert gates.pinned(place) is None


# What a user's machine need not have: the program goes without it as long as it goes through a gate.
ABSENT = ("libvirt", "lxml", "xmlsec", "paramiko", "requests", "dirq", "pycdlib", "pexpect", "sqlite3")
ALONE = (
    f"import signal, sys; sys.modules.update(dict.fromkeys({ABSENT!r}));"
    "signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from stratus import cli; sys.exit(cli.run(sys.argv[1:]))"
)


@pytest.fixture
def typed(gates: SshGates, sshd: Sshd):  # type: ignore[no-untyped-def]
    """Type a line on a machine that has no more than a client needs."""
    home = gates._folder.parent / "home"
    home.mkdir(parents=True)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": ROOT, "STRATUSLAB_CONFIG_DIR": str(home)}

    def start(*words: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-P", "-c", ALONE, *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(argv, env=environ, text=True, **pipes)

    return start


def test_a_client_needs_none_of_the_front_ends_libraries_and_one_handshake(typed, place, sshd):
    for words in (
        ("login", str(place), "-i", sshd.private_key, "--accept-new"),
        ("describe",),
        ("image", "list", "-o", "json"),
        ("capacity",),
        ("clouds",),
    ):
        child = typed(*words)
        out, err = child.communicate(timeout=PATIENCE_S)
        assert child.returncode == 0, (words, out, err)
    assert sshd.logins() == 1


def test_an_interrupted_wait_ends_the_command_and_not_the_connection(typed, place, sshd):
    typed("login", str(place), "-i", sshd.private_key, "--accept-new").communicate(timeout=PATIENCE_S)
    child = typed("wait", "web")
    while "boot" not in child.stderr.readline():
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 130 and err.splitlines()[-1] == "interrupted"
    again = typed("describe")
    again.communicate(timeout=PATIENCE_S)
    assert again.returncode == 0 and sshd.logins() == 1
