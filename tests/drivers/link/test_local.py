"""The link to a child process: the contract, and how it starts, ends and fails."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.link.local import LocalLink
from stratus.drivers.link.protocol import Link
from stratus.errors import DeadlineExceeded, NodeUnreachable, NotFound
from tests.drivers.link.contract import LinkContract
from tests.drivers.link.places import AGENT, alive, eventually, noticed_the_break

pytestmark = pytest.mark.slow


@pytest.fixture
def link() -> Iterator[Link]:
    link = LocalLink(AGENT)
    yield link
    link.close()


class TestLocalLink(LinkContract):
    pass


def script(tmp_path: Path, text: str) -> tuple[str, str]:
    path = tmp_path / "agent.sh"
    path.write_text(text)
    return ("/bin/sh", str(path))


def test_the_command_may_be_given_with_its_serve() -> None:
    link = LocalLink([*AGENT, "serve", "--stdio"])

    assert link.call("echo", {"n": 1}) == {"n": 1}
    assert link.attach(["version"]) == 0
    link.close()


def test_all_calls_go_to_one_child_and_close_ends_it(link: Link) -> None:
    pids = {link.call("pid", {})["pid"] for _ in range(20)}
    (pid,) = pids

    link.close()

    eventually(lambda: not alive(pid))


def test_work_in_hand_goes_on_after_close(link: Link, tmp_path: Path) -> None:
    pid = link.call("pid", {})["pid"]
    with pytest.raises(DeadlineExceeded):
        link.call("nap", {"seconds": 1.5}, timeout_s=0.1)

    link.close()

    assert alive(pid)
    eventually(lambda: not alive(pid))


def test_after_the_child_died_the_call_in_hand_fails_and_the_next_starts_another(link: Link) -> None:
    before = link.call("pid", {})["pid"]

    with pytest.raises(NodeUnreachable, match="the agent ended \\(status 9\\)"):
        link.call("vanish", {})

    assert link.call("pid", {})["pid"] != before


def test_a_child_that_was_killed_between_calls_is_replaced(link: Link) -> None:
    before = link.call("pid", {})["pid"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: noticed_the_break("this machine"))

    assert link.call("pid", {})["pid"] != before


def test_much_on_the_error_stream_holds_up_nobody(link: Link) -> None:
    assert link.call("babble", {"bytes": 2**20}) == {}
    assert link.call("echo", {"n": 1}) == {"n": 1}


def test_a_request_to_a_child_that_reads_nothing_ends_at_its_deadline(tmp_path: Path) -> None:
    hello = '{"hello": {"protocol": 1, "version": "0", "pid": 1}}'
    link = LocalLink(script(tmp_path, f"echo '{hello}'; exec sleep 30 </dev/null"))

    with pytest.raises(DeadlineExceeded):
        link.call("echo", {"text": "x" * 2**22}, timeout_s=0.2)
    link.close()


def test_a_missing_agent_is_told(tmp_path: Path) -> None:
    link = LocalLink([str(tmp_path / "nowhere")], node="n1")

    with pytest.raises(NodeUnreachable, match=r"n1: cannot start the agent.*nowhere") as caught:
        link.call("echo", {})
    with pytest.raises(NotFound, match="nowhere"):
        link.attach(["version"])

    assert "install" in caught.value.hint


def test_an_agent_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    link = LocalLink(script(tmp_path, "echo 'no libvirt here' >&2; exit 3"), node="n1")

    with pytest.raises(NodeUnreachable, match=r"n1: the agent ended \(status 3\): no libvirt here"):
        link.call("echo", {})


def test_an_agent_that_says_no_hello_is_told(tmp_path: Path) -> None:
    link = LocalLink(script(tmp_path, "cat >/dev/null"), node="n1", start_timeout_s=0.2)

    with pytest.raises(NodeUnreachable, match=r"did not say hello within 0\.2 s"):
        link.call("echo", {})


def test_a_caller_waits_no_longer_for_the_start_than_it_wants(tmp_path: Path) -> None:
    link = LocalLink(script(tmp_path, "cat >/dev/null"), node="n1", start_timeout_s=5)

    with pytest.raises(DeadlineExceeded, match=r"n1 was not reached within 0\.1 s"):
        link.call("echo", {}, timeout_s=0.1)
    link.close()


@pytest.mark.parametrize(
    ("spoken", "theirs", "mend"),
    [
        (
            '"protocol": 3, "newest": 4, "version": "9.1"',
            "(release 9.1) speaks protocol 3 to 4",
            "bring this front end",
        ),
        ('"protocol": 3, "version": "9.1"', "speaks protocol 3", "bring this front end"),
        ('"protocol": 0, "version": "0.0"', "(release 0.0) speaks protocol 0", "stratus node update n1"),
        ('"protocol": "x", "newest": []', "(release None) speaks protocol x to []", "stratus node update n1"),
    ],
)
def test_an_agent_of_another_protocol_is_told_with_the_end_to_be_renewed(
    tmp_path: Path, spoken: str, theirs: str, mend: str
) -> None:
    link = LocalLink(script(tmp_path, f"echo '{{\"hello\": {{{spoken}}}}}'; cat >/dev/null"), node="n1")

    with pytest.raises(NodeUnreachable, match=re.escape(f"{theirs}, this front end speaks 1 to 2")) as refused:
        link.call("echo", {})

    assert mend in refused.value.hint


@pytest.mark.parametrize("spoken", ['"protocol": 1', '"protocol": 1, "newest": 2', '"protocol": 2, "newest": 3'])
def test_an_agent_of_the_release_before_or_behind_is_understood(tmp_path: Path, spoken: str) -> None:
    answer = '{"id": 1, "result": {"n": 7}}'
    link = LocalLink(script(tmp_path, f"echo '{{\"hello\": {{{spoken}}}}}'; read line; echo '{answer}'; cat"))

    assert link.call("echo", {}) == {"n": 7}
    link.close()


def test_what_is_printed_before_the_hello_is_skipped_even_on_its_line(tmp_path: Path) -> None:
    agent = " ".join(AGENT)
    link = LocalLink(
        script(tmp_path, f"echo Welcome; echo '{{\"id\": 1}}'; printf 'no newline: '; exec {agent} \"$@\"")
    )

    assert link.call("echo", {"n": 1}) == {"n": 1}
    link.close()


def test_more_than_64_kib_before_the_hello_is_refused(tmp_path: Path) -> None:
    link = LocalLink(script(tmp_path, "yes; "), node="n1")

    with pytest.raises(NodeUnreachable, match="more than 64 KiB came before the agent's hello"):
        link.call("echo", {})
