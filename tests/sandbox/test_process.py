"""The process of a sandbox, as those see it who start and end it."""

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from stratus.errors import DeadlineExceeded, StratusError
from stratus.sandbox import process
from stratus.sandbox.place import Place

NOBODY = 2**30  # above all numbers of processes


def test_a_process_that_does_not_end_when_it_is_killed_is_named(tmp_path):
    place = Place(tmp_path / "box")
    place.make()
    with (place.folder / "lock").open("w") as lock:
        lock.write(str(NOBODY))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DeadlineExceeded, match=f"process {NOBODY} of the sandbox") as caught:
            process.end(place)
    assert caught.value.hint == f"kill -9 {NOBODY}"
    assert not process.end(place)


def test_two_who_start_it_at_once_have_one_between_them(tmp_path):
    place = Place(tmp_path / "box")
    with ThreadPoolExecutor(4) as pool:
        began = list(pool.map(lambda number: process.start(Place(place.folder), 1), range(4)))
    assert sorted(began) == [False, False, False, True]
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda number: process.end(Place(place.folder)), range(2)))
    assert sorted(ended) == [False, True]
    process.remove(place)
    assert os.listdir(tmp_path) == []


def test_one_that_was_killed_while_it_was_being_made_is_made_anew(tmp_path):
    place = Place(tmp_path / "box")
    place.make()
    place.etc.mkdir()
    place.state.mkdir()
    (place.state / "half").write_text("made")
    assert process.start(place, 1)
    process.remove(place)
    assert os.listdir(tmp_path) == []


def test_one_that_cannot_run_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(StratusError, match="ended"):
        process.start(Place(tmp_path / "box"), 1)
    assert os.listdir(tmp_path) == []
