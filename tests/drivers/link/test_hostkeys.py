"""The file of pinned host keys."""

import base64
import threading
from pathlib import Path

import pytest

from stratus.drivers.link.hostkeys import alias, host_key, pin, pinned
from stratus.errors import BadInput, Conflict

ONE = host_key("ssh-ed25519", base64.b64encode(b"one").decode())
TWO = host_key("ssh-ed25519", base64.b64encode(b"two").decode())


@pytest.fixture
def known_hosts(tmp_path: Path) -> str:
    return str(tmp_path / "frontend" / "known_hosts")


def test_without_a_file_nothing_is_pinned(known_hosts: str) -> None:
    assert pinned(known_hosts, "n1") == ()


def test_a_pinned_key_is_found_under_the_nodes_name_in_any_case(known_hosts: str) -> None:
    pin(known_hosts, "N1", ONE)

    assert pinned(known_hosts, "n1") == (ONE,)
    assert pinned(known_hosts, "n11") == ()
    assert Path(known_hosts).read_text() == f"n1 ssh-ed25519 {ONE.base64}\n"


def test_pinning_again_changes_nothing(known_hosts: str) -> None:
    pin(known_hosts, "n1", ONE)
    before = Path(known_hosts).stat()

    pin(known_hosts, "n1", ONE)

    assert Path(known_hosts).stat().st_ino == before.st_ino


def test_another_key_is_a_conflict_unless_it_shall_replace(known_hosts: str) -> None:
    pin(known_hosts, "n1", ONE)
    pin(known_hosts, "n2", ONE)

    with pytest.raises(Conflict) as caught:
        pin(known_hosts, "n1", TWO)
    assert ONE.fingerprint in caught.value.message and TWO.fingerprint in caught.value.message
    assert pinned(known_hosts, "n1") == (ONE,)

    pin(known_hosts, "n1", TWO, replace=True)
    assert pinned(known_hosts, "n1") == (TWO,)
    assert pinned(known_hosts, "n2") == (ONE,)


def test_foreign_lines_stay_as_they_are(known_hosts: str) -> None:
    foreign = f"# by hand\n@revoked * ssh-ed25519 {ONE.base64}\n|1|abc|def ssh-ed25519 {ONE.base64}\nodd\n"
    Path(known_hosts).parent.mkdir()
    Path(known_hosts).write_text(f"{foreign}n1,gateway ssh-ed25519 {ONE.base64} a comment\n")

    pin(known_hosts, "n1", TWO, replace=True)

    assert Path(known_hosts).read_text() == (
        f"{foreign}gateway ssh-ed25519 {ONE.base64} a comment\nn1 ssh-ed25519 {TWO.base64}\n"
    )


def test_many_at_once_lose_nothing(known_hosts: str) -> None:
    names = [f"n{number}" for number in range(20)]
    threads = [threading.Thread(target=pin, args=(known_hosts, name, ONE)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(pinned(known_hosts, name) == (ONE,) for name in names)


@pytest.mark.parametrize("name", ["", "*", "n1,n2", "n 1", "!n1", "n1\n", "-o", "[n1]:22", "@n", "#n", "|1|"])
def test_what_would_be_a_pattern_or_another_line_is_no_name(name: str, known_hosts: str) -> None:
    with pytest.raises(BadInput):
        alias(name)
    with pytest.raises(BadInput):
        pin(known_hosts, name, ONE)


def test_what_is_not_base64_is_no_host_key() -> None:
    with pytest.raises(BadInput):
        host_key("ssh-ed25519", "not base64!")
