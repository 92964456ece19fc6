"""The process of a sandbox, as those see it who start and end it."""

import fcntl

import pytest

from stratus.errors import DeadlineExceeded
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
            process.end(place, within_s=0.05)
    assert caught.value.hint == f"kill -9 {NOBODY}"
    assert not process.end(place)
