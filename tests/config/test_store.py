"""Putting a file in its place: whole, with its mode, one writer at a time."""

import fcntl
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stratus.config.store import rewrite, writing
from stratus.errors import ConfigError, DeadlineExceeded, Denied, StratusError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_mode_that_was_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "a/b/x.cfg"
    before = os.umask(0o777 & ~0o700)
    try:
        assert rewrite(path, lambda text: text + "new", new_mode=0o644) is True
    finally:
        os.umask(before)
    assert (path.read_text(), mode(path)) == ("new", 0o644)


def test_a_file_keeps_its_mode_and_becomes_another_one(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text("old")
    path.chmod(0o640)
    reader = path.open()
    rewrite(path, str.upper, new_mode=0o600)
    assert (path.read_text(), mode(path), reader.read()) == ("OLD", 0o640, "old")
    assert os.listdir(tmp_path) == ["x.cfg"]


def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text("old")
    # Only root can give a file away; anybody else finds it kept for oneself.
    owner = (1, 2) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(path, *owner)
    rewrite(path, str.upper, new_mode=0o600)
    assert (path.stat().st_uid, path.stat().st_gid) == owner


def test_what_is_the_same_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text("old")
    inode = path.stat().st_ino
    assert rewrite(path, lambda text: text, new_mode=0o600) is False
    assert path.stat().st_ino == inode


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.cfg").write_text("old")
    (tmp_path / "x.cfg").symlink_to("real.cfg")
    rewrite(tmp_path / "x.cfg", str.upper, new_mode=0o600)
    assert (tmp_path / "x.cfg").is_symlink() and (tmp_path / "real.cfg").read_text() == "OLD"


def test_a_change_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    path.write_text("old")

    def fail(text: str) -> str:
        raise ConfigError("no")

    with pytest.raises(ConfigError):
        rewrite(path, fail, new_mode=0o600)
    with pytest.raises(UnicodeEncodeError):
        rewrite(path, lambda _: "\ud800", new_mode=0o600)
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["x.cfg"])


def test_no_writer_undoes_the_work_of_another(tmp_path: Path) -> None:
    path = tmp_path / "x.cfg"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: rewrite(path, lambda text: f"{text}{number}\n", new_mode=0o600), range(80)))
    assert sorted(map(int, path.read_text().split())) == list(range(80))
    assert os.listdir(tmp_path) == ["x.cfg"]


def test_who_does_not_get_the_lock_gives_up_and_says_so(tmp_path: Path) -> None:
    lock = tmp_path / ".x.cfg.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(DeadlineExceeded, match=r"x\.cfg is being written"):
            rewrite(tmp_path / "x.cfg", str.upper, new_mode=0o600, deadline_s=0.05)
    # A lock that was left behind by somebody who was killed holds nobody up.
    assert rewrite(tmp_path / "x.cfg", lambda _: "new", new_mode=0o600, deadline_s=0.05)
    assert not lock.exists()


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StratusError, match=r"x\.cfg cannot be written: Not a directory"):
        rewrite(tmp_path / "file/x.cfg", str.upper, new_mode=0o600)
    with pytest.raises(ConfigError, match="cannot be read"):
        (tmp_path / "x.cfg").mkdir()
        rewrite(tmp_path / "x.cfg", str.upper, new_mode=0o600)


def test_who_may_not_write_is_told_so() -> None:
    with pytest.raises(Denied, match=r"x\.cfg may not be written by you") as caught, writing(Path("/etc/x.cfg")):
        raise PermissionError
    assert "ls -ld /etc" in caught.value.hint
