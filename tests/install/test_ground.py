"""One contract for the machines that are installed on: this one, and one that is played."""

import grp
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.errors import Conflict
from stratus.install.deeds import Folder, Write
from stratus.install.facts import Facts, Wish
from stratus.install.ground import Ground, Here
from stratus.install.journal import Journal, Made
from stratus.install.played import PlayedMachine
from stratus.install.survey import Survey
from stratus.install.this_machine import ThisMachine

USER, GROUP = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
HERE = Here("n1", USER, GROUP, "/usr/bin/python3", "true", is_root=os.geteuid() == 0)
WISH = Wish(USER, GROUP, "n1", agent=("true",), dispatcher=("true",))
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="the journal is root's")


@pytest.fixture(params=["this", "played"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    yield ThisMachine(HERE) if request.param == "this" else PlayedMachine(HERE, Facts(), Survey())


def never() -> None:
    raise AssertionError("nothing is enrolled here")


@only_root
def test_a_journal_is_empty_kept_and_gone(ground: Ground, tmp_path: Path) -> None:
    path = str(tmp_path / "state" / "install.json")
    assert ground.journal(path) == Journal()
    ground.keep(Journal((Made("file", "/x"),)), path)
    assert ground.journal(path).made == (Made("folder", str(tmp_path / "state")), Made("file", "/x"))
    ground.keep(ground.journal(path).without(Made("file", "/x")), path)
    assert ground.journal(path).made == (Made("folder", str(tmp_path / "state")),)
    ground.keep(None, path)
    ground.keep(None, path)
    assert ground.journal(path) == Journal()


def test_what_is_done_is_there_until_it_is_undone(ground: Ground, tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "new"), 0o750, USER, GROUP)
    file = Write(str(tmp_path / "new" / "file"), "text", 0o640, USER, GROUP)
    assert ground.makes(folder) == (Made("folder", folder.path),)
    assert ground.makes(file) == (Made("file", file.path),)
    for _ in range(2):  # again is as once
        ground.do(folder, WISH, enroll=never)
        ground.do(file, WISH, enroll=never)
    assert ground.makes(file) == ()
    (kept,) = ground.makes(folder)
    assert (kept.kind, kept.names[:4]) == ("effect", ("install", "-d", "-m", "0750"))
    for _ in range(2):
        ground.undo(Made("file", file.path), str(tmp_path / "state"), print)
        ground.undo(Made("folder", folder.path), str(tmp_path / "state"), print)
    assert ground.makes(folder) == (Made("folder", folder.path),)


def test_a_clock_never_goes_back_and_nothing_waits_to_be_confirmed(ground: Ground) -> None:
    assert ground.monotonic() <= ground.monotonic()
    if not Path("/run/stratus/change.waiting").exists():
        with pytest.raises(Conflict):
            ground.confirm()
