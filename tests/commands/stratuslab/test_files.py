"""stratus-copy-config, stratus-prepare-context and stratus-hash-password: files and hashes."""

import base64
import gzip
import stat

import pytest

from stratus.config import load
from stratus.config.logins.hashes import des_crypt, salt_of
from tests.commands.conftest import KEY


def test_the_configuration_is_written_once_and_for_its_user_only(old):
    path = old.home / ".stratuslab/stratuslab-user.cfg"
    said = old.ok("copy-config")
    assert (said.out, said.err) == (f"wrote configuration file: {path}\n", "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(home=old.home).text("default_instance_type") == "m1.small"


def test_a_configuration_that_is_there_is_kept_unless_forced(old):
    path = old.home / ".stratuslab/stratuslab-user.cfg"
    path.parent.mkdir()
    path.write_text("mine")
    said = old("copy-config")
    assert said.status == 4 and said.out == ""
    assert f"won't overwrite file ({path}); use --force to overwrite" in said.err
    assert path.read_text() == "mine"
    assert old.ok("copy-config --force -q").out == ""
    assert path.read_text() != "mine"


def test_the_configuration_may_go_elsewhere(old, tmp_path):
    assert old.ok(f"copy-config -c {tmp_path}/new/my.cfg").out == f"wrote configuration file: {tmp_path}/new/my.cfg\n"
    assert (tmp_path / "new/my.cfg").read_text().startswith("# Every key")


def unpacked(path):
    """The two lines of a cloud-init.txt, decoded."""
    pairs = dict(line.split("=", 1) for line in path.read_text().splitlines())
    keys, data = (base64.b64decode(pairs[f"CLOUD_INIT_{name}"]) for name in ("AUTHORIZED_KEYS", "USER_DATA"))
    return keys.decode(), gzip.decompress(data).decode()


def test_user_data_and_keys_become_two_lines(old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k.pub").write_text(KEY)
    (tmp_path / "a#b.sh").write_text("#!/bin/sh\necho hello\n")
    said = old.ok("prepare-context ssh,k.pub", "x-shellscript,a#b.sh")
    assert (said.out, said.err) == ("", "")
    keys, data = unpacked(tmp_path / "cloud-init.txt")
    assert (
        keys == KEY and base64.b64encode(b"#!/bin/sh\necho hello\n").decode() in data and "text/x-shellscript" in data
    )


def test_without_keys_they_are_the_users_own_and_none_is_literal(old, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "u").write_text("#cloud-config\n{}\n")
    old.ok("prepare-context none,u")
    assert unpacked(tmp_path / "cloud-init.txt") == (KEY, "#cloud-config\n{}\n")


def test_run_instance_understands_the_file(old, tmp_path, monkeypatch, requests_of):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "u").write_text("#cloud-config\n{}\n")
    old.ok("prepare-context none,u")
    (request,) = requests_of("run-instance --context-file cloud-init.txt tiny")
    assert request.context.method == "cloud-init" and request.context.public_keys == (KEY.strip(),)
    assert request.context.user_data[0].content == b"#cloud-config\n{}\n"


@pytest.mark.parametrize(("pair", "status"), [("nothing", 8), ("plain,none", 3), (",x", 8)])
def test_a_wrong_pair_writes_nothing(old, tmp_path, monkeypatch, pair, status):
    monkeypatch.chdir(tmp_path)
    assert old(f"prepare-context {pair}").status == status
    assert not (tmp_path / "cloud-init.txt").exists()


def test_a_password_is_hashed_as_stratuslab_did(old):
    old.answers = ["alice", "password", "password"]
    said = old.ok("hash-password")
    assert (said.out, said.err) == ("MD5:5f4dcc3b5aa765d61d8327deb882cf99\nCRYPT:alHzjf8HTh5Mc\n", "")
    assert old.prompts == [("username:", False), ("password:", True), ("retype password:", True)]


def test_two_different_passwords_give_no_hash(old):
    old.answers = ["alice", "password", "Password"]
    said = old("hash-password")
    assert said.status == 8 and "Passwords did not match" in said.err and said.out == ""


def test_a_long_password_is_warned_of(old):
    old.answers = ["alice", "password and more", "password and more"]
    said = old.ok("hash-password")
    assert said.out.endswith("CRYPT:alHzjf8HTh5Mc\n") and "first eight bytes" in said.err


@pytest.mark.parametrize(
    ("user", "salt"), [("alice", "al"), ("a", "a."), ("", ".."), ("\u00e9-x", "x."), ("a.b", "a."), ("_-", "..")]
)
def test_the_salt_is_made_of_what_a_salt_may_have(user, salt):
    assert salt_of(user) == salt


@pytest.mark.parametrize(
    ("secret", "salt", "crypted"),
    # As perl's crypt() gives them.
    [(b"", "..", "..X8NBuQ4l6uQ"), (b"\xc3\xa9t\xc3\xa9", "a.", "a.TO2L9kfuyWc"), (b"x", "//", "//skpRlKK259I")],
)
def test_des_crypt_is_crypt_3s(secret, salt, crypted):
    assert des_crypt(secret, salt) == crypted
