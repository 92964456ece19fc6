"""What sshd is told of a key."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

from stratus.actions import records
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.drivers.ledger.protocol import Ledger
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.errors import BUG_STATUS
from stratus.gate.__main__ import main
from stratus.gate.keys import line_for
from stratus.model.user import User, keys_of

KIND = "ssh-ed25519"
BLOB = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(32))).decode()
(KEY,) = keys_of(f"{KIND} {BLOB} alice@home\n", added_s=1.0)


def with_alice(ledger: Ledger, **changes: object) -> Ledger:
    user = User("alice", keys=(KEY,), **changes)  # type: ignore[arg-type]
    ledger.commit([records.put_user(user, 0), records.put_key(KEY.fingerprint, "alice")])
    return ledger


def test_a_users_key_opens_the_gate_and_nothing_besides() -> None:
    line = line_for(with_alice(MemoryLedger()), KIND, BLOB, "/etc/a cloud/stratus-gate")
    command = f"'/etc/a cloud/stratus-gate' serve --user alice --key {KEY.fingerprint}"
    assert line == f'restrict,pty,command="{command}" {KIND} {BLOB}'


def test_sshd_understands_the_line(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(line_for(with_alice(MemoryLedger()), KIND, BLOB, '/etc/"x"/gate') + "\n")
    argv = ["ssh-keygen", "-lf", str(tmp_path / "keys")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    assert KEY.fingerprint in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("kind", "blob"),
    [
        (KIND, "AAAA"),
        (KIND, ""),
        (KIND, "not base64!"),
        ("ssh-dss", BLOB),
        (f"{KIND}-cert-v01@openssh.com", BLOB),
        ("", BLOB),
        (KIND, BLOB + "\n" + BLOB),
    ],
    ids=str,
)
def test_a_key_that_is_nobodys_opens_nothing(kind: str, blob: str) -> None:
    assert line_for(with_alice(MemoryLedger()), kind, blob, "/x") == ""


def test_a_disabled_user_does_not_come_in() -> None:
    assert line_for(with_alice(MemoryLedger(), enabled=False), KIND, BLOB, "/x") == ""


def test_the_program_reads_the_ledger_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "frontend").mkdir()
    with_alice(SqliteLedger(tmp_path / "frontend/ledger.sqlite")).close()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(("keys", str(tmp_path), "/x", KIND, BLOB)) == 0
    assert (
        capsys.readouterr().out
        == f'restrict,pty,command="/x serve --user alice --key {KEY.fingerprint}" {KIND} {BLOB}\n'
    )
    assert main(("keys", str(tmp_path), "/x", KIND, "AAAA")) == 0
    assert capsys.readouterr().out == ""
    assert {path: path.read_bytes() for path in before} == before


def test_without_a_ledger_nobody_comes_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("keys", str(tmp_path), "/x", KIND, BLOB)) not in (0, BUG_STATUS)
    assert capsys.readouterr().out == ""
    assert os.listdir(tmp_path) == []
    (tmp_path / "frontend").mkdir()
    (tmp_path / "frontend/ledger.sqlite").write_bytes(b"SQLite format 3\0" + bytes(100))
    assert main(("keys", str(tmp_path), "/x", KIND, BLOB)) not in (0, BUG_STATUS)
    assert capsys.readouterr().out == ""


def test_a_ledger_in_use_is_read_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "frontend").mkdir()
    ledger = SqliteLedger(tmp_path / "frontend/ledger.sqlite")
    with_alice(ledger)
    with ledger._writing():  # somebody is in the middle of a commit
        assert main(("keys", str(tmp_path), "/x", KIND, BLOB)) == 0
    assert "alice" in capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("serve",), ("keys",), ("serve", "--user", "alice"), ("sh",)])
def test_words_that_mean_nothing_are_a_usage_error(words: tuple[str, ...]) -> None:
    assert main(words) == 2


def test_a_terminal_is_not_what_the_protocol_wants(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSH_TTY", "/dev/pts/9")
    monkeypatch.delenv("SSH_ORIGINAL_COMMAND", raising=False)
    assert main(("serve", "--user", "alice", "--key", KEY.fingerprint)) == 126
    assert "stratus login" in capsys.readouterr().err


def test_a_bug_is_not_told_to_the_user(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SSH_ORIGINAL_COMMAND", "")
    monkeypatch.delenv("SSH_TTY", raising=False)
    monkeypatch.setattr("stratus.gate.session.Sources", lambda *_: 1 / 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logging.Logger.exception", lambda *_: None)
        assert main(("serve", "--user", "alice", "--key", KEY.fingerprint)) == BUG_STATUS
    said = capfd.readouterr().err
    assert "tell the administrator" in said and "division" not in said
