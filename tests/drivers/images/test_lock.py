import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stratus.drivers.images.lock import turn
from stratus.errors import DeadlineExceeded


def test_a_turn_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for _ in range(2):
        with turn(path, wait_s=0) as held:
            assert held.outcome == ""
            assert path.exists()
            held.leave("for nobody")
        assert not path.exists()


def test_who_waits_gets_the_outcome_and_who_comes_later_a_turn(tmp_path: Path) -> None:
    path, waiting = tmp_path / "lock", threading.Event()

    def wait() -> str:
        with turn(path, wait_s=20, on_wait=waiting.set) as held:
            return held.outcome

    with ThreadPoolExecutor(1) as pool:
        with turn(path, wait_s=0) as held:
            waiter = pool.submit(wait)
            assert waiting.wait(20)
            held.leave("done")
        assert waiter.result(20) == "done"
    with turn(path, wait_s=0) as held:
        assert held.outcome == ""


def test_without_an_outcome_who_waits_takes_over(tmp_path: Path) -> None:
    path, waiting = tmp_path / "lock", threading.Event()

    def wait() -> str:
        with turn(path, wait_s=20, on_wait=waiting.set) as held:
            return held.outcome

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(RuntimeError), turn(path, wait_s=0):
            waiter = pool.submit(wait)
            assert waiting.wait(20)
            raise RuntimeError
        assert waiter.result(20) == ""


def test_waiting_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with turn(path, wait_s=0):
        with pytest.raises(DeadlineExceeded), turn(path, wait_s=0.05):
            pass
        assert path.exists()


def test_only_one_at_a_time_however_many_come(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "lock", [0], [0]

    def work() -> None:
        with turn(path, wait_s=30):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(work) for _ in range(200)]:
            future.result(30)
    assert (most, inside) == ([1], [0])
