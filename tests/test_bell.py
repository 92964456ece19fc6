"""The bell: heard by all others, by nobody twice for want of patience, and never anybody's trouble."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stratus.bell import Bell, ring

ROOT = Path(__file__).parents[1]
LISTEN = (
    "import sys, threading; from stratus.bell import Bell;"
    "bell = Bell(sys.argv[1], lambda: print('heard', flush=True)); print('listens', flush=True); sys.stdin.read()"
)


def test_everybody_else_hears_it(tmp_path: Path) -> None:
    heard = {name: threading.Event() for name in ("one", "other", "ringer")}
    bells = {name: Bell(str(tmp_path / "bells"), event.set) for name, event in heard.items()}
    bells["ringer"].ring()
    assert heard["one"].wait(10) and heard["other"].wait(10)
    assert not heard["ringer"].is_set()
    for bell in bells.values():
        bell.close()
    assert os.listdir(tmp_path / "bells") == []


def test_it_is_heard_in_another_process_and_one_that_was_killed_leaves_nothing(tmp_path: Path) -> None:
    argv = [sys.executable, "-P", "-c", LISTEN, str(tmp_path)]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as listener:
        assert listener.stdout is not None
        assert listener.stdout.readline() == b"listens\n"
        bell = Bell(str(tmp_path), lambda: None)
        bell.ring()
        assert listener.stdout.readline() == b"heard\n"
        listener.kill()
        listener.wait(10)
    assert len(os.listdir(tmp_path)) == 2
    bell.ring()
    assert len(os.listdir(tmp_path)) == 1
    bell.close()


def test_one_who_never_listens_again_is_rung_without_waiting(tmp_path: Path) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        busy.set()
        go_on.wait(10)

    listener, ringer = Bell(str(tmp_path), slow), Bell(str(tmp_path), lambda: None)
    for _ in range(2000):  # more than its socket holds
        ringer.ring()
    assert busy.wait(10)
    go_on.set()
    listener.close()
    ringer.close()


def test_a_stranger_in_the_folder_is_nobodys_trouble_and_stays(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("not a socket")
    bell = Bell(str(tmp_path / "."), lambda: None)
    bell.ring()
    bell.close()
    assert os.listdir(tmp_path) == ["README"]


def test_a_folder_with_a_long_name_will_do(tmp_path: Path) -> None:
    folder, heard = tmp_path / ("x" * 100) / ("y" * 100), threading.Event()
    one, other = Bell(str(folder), heard.set), Bell(str(folder), lambda: None)
    other.ring()
    assert heard.wait(10)
    one.close()
    other.close()


def test_a_folder_that_somebody_removed_is_nobodys_trouble(tmp_path: Path) -> None:
    bell = Bell(str(tmp_path / "bells"), lambda: None)
    shutil.rmtree(tmp_path / "bells")
    bell.ring()
    bell.close()


def test_who_only_rings_needs_no_bell_of_its_own_and_no_folder(tmp_path: Path) -> None:
    heard = threading.Event()
    ring(str(tmp_path / "bells"))
    bell = Bell(str(tmp_path / "bells"), heard.set)
    ring(str(tmp_path / "bells"))
    assert heard.wait(10)
    bell.close()
    bell.close()
    ring(str(tmp_path / "bells"))


def test_one_that_cannot_be_hung_up_says_so_and_keeps_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError):
        Bell(str(tmp_path / "file"), lambda: None)
    assert len(os.listdir("/proc/self/fd")) == before
