"""Ways into a running instance: connect, console, wait, and what log, why and describe tell of it."""

import hashlib
import re
import shlex

import pexpect
import pytest

from tests.live.cli import Stratus
from tests.live.lab import Guest, Start
from tests.live.patience import until

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def guest(start_for_all: Start) -> Guest:
    return start_for_all("access")


def test_a_command_has_the_exit_status_that_it_had_in_the_guest(guest: Guest) -> None:
    assert guest.try_ssh("exit 7").returncode == 7
    assert guest.try_ssh("true").returncode == 0


def test_standard_input_arrives_byte_for_byte(guest: Guest) -> None:
    data = bytes(range(256)) * 512

    assert guest.ssh("sha256sum", input=data).decode().split()[0] == hashlib.sha256(data).hexdigest()
    assert guest.ssh("cat", input=data) == data


def test_the_words_of_a_command_reach_the_guests_shell_as_with_ssh(guest: Guest, stratus: Stratus) -> None:
    done = stratus(f"connect {guest.name} --key {guest.key}", "--", "echo", "'a  b'", "-n", "$((6*7))")

    assert done.stdout == "a  b -n 42\n"


def test_a_login_on_a_terminal_gets_one(guest: Guest, stratus: Stratus) -> None:
    argv = stratus.argv(f"connect {guest.name} --key {guest.key}")
    shell = pexpect.spawn(argv[0], argv[1:], env=stratus.environ, timeout=30, dimensions=(31, 101), encoding="utf-8")
    shell.expect(f"{guest.name}:~# ")
    shell.sendline("stty size")
    shell.expect("31 101")
    shell.sendline("exit 3")
    shell.expect(pexpect.EOF)
    shell.close()

    assert shell.exitstatus == 3


def test_the_console_shows_the_prompt_takes_keys_and_gives_the_terminal_back(guest: Guest, stratus: Stratus) -> None:
    until(lambda: f"{guest.name}> " in guest.console(), deadline_s=30, what="the console's prompt")
    leave = shlex.join(stratus.argv(f"console {guest.name}"))
    shell = pexpect.spawn(
        "/bin/sh",
        ["-c", f'echo "before $(stty -g)."; {leave}; echo "status $?."; echo "after $(stty -g)."'],
        env=stratus.environ,
        timeout=30,
        encoding="utf-8",
    )
    before = _told(shell, "before")
    shell.expect("Ctrl-] leaves the console")
    shell.expect(f"Connected to domain '{guest.domain}'")
    shell.send("\r")
    shell.expect(f"{guest.name}: address {guest.address}, up [0-9]+ s")
    shell.expect(f"{guest.name}> ")
    shell.send("\x1d")
    assert _told(shell, "status") == "0"
    assert _told(shell, "after") == before
    shell.expect(pexpect.EOF)


def _told(shell: "pexpect.spawn[str]", what: str) -> str:
    """The value that the shell prints as `what VALUE.`"""
    shell.expect(rf"{what} (\S+)\.\r")
    assert isinstance(shell.match, re.Match)
    return str(shell.match.group(1))


def test_the_console_can_be_had_again(guest: Guest, stratus: Stratus) -> None:
    argv = stratus.argv(f"-q console {guest.id}")
    shell = pexpect.spawn(argv[0], argv[1:], env=stratus.environ, timeout=30, encoding="utf-8")
    shell.expect("Connected to domain")
    shell.send("\r")
    shell.expect(f"{guest.name}> ")
    shell.send("\x1d")
    shell.expect(pexpect.EOF)
    shell.close()

    assert shell.exitstatus == 0


def test_the_consoles_text_is_kept_from_the_first_line_on(guest: Guest) -> None:
    text = guest.console()

    assert text.index("SYSLINUX") < text.index("SSH server ready") < text.index(f"{guest.name}: address")


def test_the_history_has_each_state_with_its_cause_and_timings(guest: Guest, stratus: Stratus) -> None:
    history = guest.history()

    assert [entry["state"] for entry in history] == ["pending", "prolog", "boot", "running"]
    assert [entry["at_s"] for entry in history] == sorted(entry["at_s"] for entry in history)
    assert history[0]["cause"] == "run by root" and history[1]["cause"].startswith("sent to ")
    assert all(step["took_s"] >= 0 for step in history[-1]["steps"])
    assert "run is done" in stratus(f"log {guest.name}").stdout


def test_why_says_that_all_is_well(guest: Guest, stratus: Stratus) -> None:
    assert "it is running, as it should be" in stratus(f"why {guest.name}").stdout


def test_waiting_for_what_is_there_comes_back_at_once(guest: Guest, stratus: Stratus) -> None:
    (row,) = stratus.rows(f"wait --for ssh {guest.name}")

    assert row["id"] == guest.id and row["state"] == "running" and set(row["phases"]) >= {"running", "ssh"}
    # It may yet power itself off, so that waiting for that goes on; giving up changes nothing.
    given_up = stratus(f"wait --for stopped {guest.id} --timeout 1", status=10)
    assert "still in running" in given_up.stderr and "it was left as it is" in given_up.stderr


def test_describe_shows_the_load_that_the_guest_has(guest: Guest) -> None:
    guest.ssh("(timeout 60 sh -c 'while :; do :; done' >/dev/null 2>&1 </dev/null) & echo")
    until(lambda: guest.row()["cpu%"] >= 20, deadline_s=50, what="a sweep that sees the load")
    guest.ssh("killall timeout; true")


def test_describe_tells_everything_of_one_instance(guest: Guest, stratus: Stratus) -> None:
    told = dict(line.split(None, 1) for line in stratus(f"describe -v {guest.id}").stdout.splitlines())
    table = stratus("describe").stdout.splitlines()

    assert told["name"] == guest.name and told["domain"] == guest.domain and told["address"] == guest.address
    assert told["folder"] == str(guest.folder) and told["state"] == "running"
    assert table[0].split() == ["id", "name", "state", "vcpu", "ram", "cpu%", "address", "node", "image"]
    assert [line.split()[1] for line in table if f" {guest.address} " in line] == [guest.name]
    assert stratus("describe lt-nobody", status=3).stderr
