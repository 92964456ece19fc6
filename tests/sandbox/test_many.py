"""Sandboxes as large as one cares for, and one whose process is killed in the middle of its work."""

import collections

import pytest

from tests.sandbox.terminal import Inside

RUNS, NODES = 500, 1000


@pytest.fixture
def large(in_memory):
    inside = Inside(in_memory / "box", NODES)
    yield inside
    inside.close()


@pytest.mark.slow
def test_five_hundred_runs_at_once_on_a_thousand_nodes(large):
    assert len(large.ok("node list -o name").out.split()) == NODES
    large.ok(f"run tiny --name web -n {RUNS} --ram 64 --swap 0 --wait")
    shown = large.ok("describe -o json").json
    assert collections.Counter(each["state"] for each in shown) == {"running": RUNS}
    assert len({each["node"] for each in shown}) == RUNS


@pytest.mark.slow
def test_a_process_that_is_killed_in_the_middle_of_fifty_runs_ends_each_once(in_memory):
    inside = Inside(in_memory / "box", 10)
    try:
        names = [f"web-{number}" for number in range(1, 51)]
        inside.ok("run tiny --name web -n 50 --ram 64 --swap 0")
        for number in (5, 25):
            inside.ok(f"wait web-{number}")
            inside.kill()
            assert inside.start()
        inside.ok(f"wait {' '.join(names)}")
        assert inside.states() == dict.fromkeys(names, "running")
        assert all(inside.ok(f"log {name}").out.count("run is done") == 1 for name in names)
        assert inside.ok("doctor -o json").json["findings"] == []
    finally:
        inside.close()
