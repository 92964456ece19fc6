"""The link over SSH, against a real sshd: the contract, one handshake for all, reconnection, and the terminal."""

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pexpect
import pytest

from stratus.drivers.link.protocol import Link
from stratus.errors import NodeUnreachable
from tests.drivers.link.agent import CONSOLE_STATUS
from tests.drivers.link.contract import LinkContract
from tests.drivers.link.places import AGENT, ROOT, alive, eventually, noticed_the_break
from tests.drivers.link.sshd import NODE, NewSshd, Sshd

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    sshd = Sshd(tmp_path_factory.mktemp("sshd"))
    yield sshd
    sshd.stop()


@pytest.fixture
def link(shared: Sshd) -> Iterator[Link]:
    link = shared.link()
    yield link
    link.close()


class TestSshLink(LinkContract):
    pass


def test_two_hundred_calls_from_sixteen_threads_are_one_login(shared: Sshd, link: Link) -> None:
    before = shared.logins()

    with ThreadPoolExecutor(16) as pool:
        pids = set(pool.map(lambda _: link.call("pid", {})["pid"], range(200)))

    assert shared.logins() - before == 1
    assert len(pids) == 1


def test_much_on_the_error_stream_holds_up_nobody(link: Link) -> None:
    assert link.call("babble", {"bytes": 4 * 2**20}) == {}
    assert link.call("echo", {"n": 1}) == {"n": 1}


def test_after_the_agent_died_the_call_in_hand_fails_and_the_next_starts_another(link: Link) -> None:
    before = link.call("pid", {})["pid"]

    with pytest.raises(NodeUnreachable, match="n1: the agent ended with status 9"):
        link.call("vanish", {})

    assert link.call("pid", {})["pid"] != before


def test_after_the_connection_was_killed_the_call_in_hand_fails_and_the_next_connects_again(new_sshd: NewSshd) -> None:
    sshd = new_sshd()
    link = sshd.link()
    before = link.call("pid", {})["pid"]

    with ThreadPoolExecutor() as pool:
        poll = pool.submit(link.call, "nap", {"seconds": 5})
        sshd.kill_sessions()
        with pytest.raises(NodeUnreachable, match="n1: the connection broke"):
            poll.result()

    assert link.call("pid", {})["pid"] != before
    assert sshd.logins() == 2
    link.close()


def test_a_connection_that_broke_between_calls_is_replaced_unnoticed(new_sshd: NewSshd) -> None:
    sshd = new_sshd()
    link = sshd.link()
    link.call("echo", {})
    sshd.kill_sessions()
    eventually(lambda: noticed_the_break(NODE))

    assert link.call("echo", {"back": True}) == {"back": True}
    link.close()


def test_a_node_that_was_off_answers_when_it_is_back(new_sshd: NewSshd) -> None:
    sshd = new_sshd()
    link = sshd.link()
    link.call("echo", {})
    sshd.stop()
    with pytest.raises(NodeUnreachable):
        link.call("echo", {})

    sshd.start()

    assert link.call("echo", {"back": True}) == {"back": True}
    link.close()


def test_close_ends_the_session_and_the_agent(new_sshd: NewSshd) -> None:
    sshd = new_sshd()
    link = sshd.link()
    pid = link.call("pid", {})["pid"]

    link.close()

    eventually(lambda: not sshd.sessions() and not alive(pid))


def test_what_the_remote_shell_prints_first_is_skipped(new_sshd: NewSshd) -> None:
    greeting = (
        'i=0; while [ $i -lt 300 ]; do echo "Welcome to n1, {\\"not\\": \\"ours\\"}"; i=$((i+1)); done; printf "> "'
    )
    sshd = new_sshd(("/bin/sh", "-c", f'{greeting}; exec "$@"', "sh", *AGENT))
    link = sshd.link()

    assert link.call("echo", {"n": 1}) == {"n": 1}
    link.close()


def test_a_console_is_attached_to_the_users_terminal(shared: Sshd) -> None:
    program = (
        "import sys; from stratus.drivers.link.ssh import SshLink; from stratus.model.node import Reach;"
        f"link = SshLink({NODE!r}, {shared.reach!r}, private_key={shared.private_key!r},"
        f" known_hosts={shared.known_hosts!r}); sys.exit(link.attach(['console', '12']))"
    )
    terminal = pexpect.spawn(sys.executable, ["-c", program], cwd=str(ROOT), timeout=20, encoding="utf-8")

    terminal.expect_exact("console of 12, a terminal: True")
    terminal.sendline("hello")
    terminal.expect_exact("HELLO")
    terminal.sendline("quit")
    terminal.expect(pexpect.EOF)
    terminal.close()

    assert terminal.exitstatus == CONSOLE_STATUS


def test_what_ssh_would_take_for_a_command_to_itself_is_the_consoles_too(shared: Sshd) -> None:
    """Who types may have come in through the gate, and ssh's ~C opens forwardings from the front end."""
    program = (
        "import sys; from stratus.drivers.link.ssh import SshLink; from stratus.model.node import Reach;"
        f"link = SshLink({NODE!r}, {shared.reach!r}, private_key={shared.private_key!r},"
        f" known_hosts={shared.known_hosts!r}); sys.exit(link.attach(['console', '12']))"
    )
    terminal = pexpect.spawn(sys.executable, ["-c", program], cwd=str(ROOT), timeout=20, encoding="utf-8")

    terminal.expect_exact("console of 12, a terminal: True")
    terminal.sendline("hello")
    terminal.expect_exact("HELLO")
    terminal.sendline("~?x")
    terminal.expect_exact("~?X")
    terminal.sendline("quit")
    terminal.expect(pexpect.EOF)
    terminal.close()


def test_ctrl_c_belongs_to_the_console(shared: Sshd) -> None:
    program = (
        "import sys; from stratus.drivers.link.ssh import SshLink; from stratus.model.node import Reach;"
        f"link = SshLink({NODE!r}, {shared.reach!r}, private_key={shared.private_key!r},"
        f" known_hosts={shared.known_hosts!r}); print('status', link.attach(['console', '12']))"
    )
    terminal = pexpect.spawn(sys.executable, ["-c", program], cwd=str(ROOT), timeout=20, encoding="utf-8")
    terminal.expect_exact("a terminal: True")

    terminal.sendintr()

    terminal.expect(r"status \d+")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_files_whose_paths_have_spaces_and_signs_serve_as_well(shared: Sshd, tmp_path: Path) -> None:
    folder = tmp_path / 'a "strange" 100% back\\slash folder'
    folder.mkdir()
    files = {name: str(shutil.copy(path, folder)) for name, path in shared.files().items()}
    link = shared.link(**files)

    assert link.call("echo", {"n": 1}) == {"n": 1}
    assert link.attach(["version"]) == 0
    link.close()
