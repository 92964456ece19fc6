"""Users of a sandbox: what one of them sees, may do, and may hold."""

import pytest

from stratus.sandbox.cloud import QUOTA
from tests.sandbox.terminal import typed


@pytest.fixture
def users(inside):
    inside.ok("sandbox start --users 2")
    return inside


def test_each_sees_and_ends_only_their_own(users):
    users.ok("user show user1 user2")
    run = "run tiny --ram 64 --cpu 1 --swap 0 --wait"
    assert users(f"{run} --name mine", "user1").status == 0
    assert users(f"{run} --name theirs", "user2").status == 0
    assert users("describe -o name", "user1").out.split() == ["mine"]
    for line in ("describe theirs", "kill theirs", "log theirs", "why theirs", "stop theirs"):
        assert users(line, "user1").status == 3, line
    assert users("node disable node1", "user1").status == 7
    assert sorted(users.ok("describe -o name").out.split()) == ["user1/mine", "user2/theirs"]
    assert users("kill mine --wait", "user1").status == 0


def test_nobody_holds_more_than_they_may(users):
    run = f"run tiny --ram 64 --cpu 1 --swap 0 -n {QUOTA.instances}"
    assert users(run, "user2").status == 0
    said = users("run tiny --ram 64 --cpu 1 --swap 0", "user2")
    assert said.status != 0 and "user2" in said.err and str(QUOTA.instances) in said.err
    assert users("run tiny --ram 64 --cpu 1 --swap 0", "user1").status == 0


def test_who_is_no_user_is_nobody(users):
    assert users("describe", "user99").status == 3


def test_the_variable_says_nothing_outside(users):
    environ = {"HOME": users.environ["HOME"], "PATH": users.environ["PATH"], "STRATUS_SANDBOX_USER": "user99"}
    assert typed(environ, "sandbox list").status == 0
    assert "user99" not in typed(environ, f"sandbox faults --dir {users.place.folder}").err
