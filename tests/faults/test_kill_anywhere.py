"""kill -9 at every step of those who ask, of the agent and of the dispatcher: each request ends once, nothing is left.

What fails says how to repeat it: python -m tests.faults.crash SCENE LIFE POINT.
"""

import random

import pytest

from tests.faults.crash import SCENES, Stage

SEED = 4
VERBS = ("run", "kill", "stop", "start")  # these are killed at each of their points
QUICKLY = 3  # crashes of each of them in the fast tier
SAMPLE = 40  # of those of each other scene
PAIRS = 12  # two crashes, one after another, in each scene


def crash_all(stage, crashes):
    """Nothing is wrong after any of them."""
    found = {crash: wrong for crash in crashes if (wrong := stage.crash(*crash))}
    told = [f"python -m tests.faults.crash {stage.name} {' '.join(map(str, crash))}: {w}" for crash, w in found.items()]
    assert not found, f"{len(found)} of {len(crashes)} crashes:\n" + "\n".join(told)


@pytest.mark.parametrize("name", VERBS)
def test_a_few_kills_leave_the_cloud_whole(in_memory, name):
    stage = Stage(in_memory, name)
    crash_all(stage, random.Random(SEED).sample(stage.points(), QUICKLY))


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENES)
def test_a_kill_at_any_point_leaves_the_cloud_whole(in_memory, name):
    stage = Stage(in_memory, name)
    chance = random.Random(SEED)
    points = stage.points()
    crash_all(stage, points if name in VERBS else chance.sample(points, min(SAMPLE, len(points))))
    crash_all(
        stage,
        [
            (*point, chance.randrange(2), chance.randrange(60))
            for point in chance.sample(points, min(PAIRS, len(points)))
        ],
    )


@pytest.mark.slow
def test_there_are_more_than_a_thousand_points(in_memory):
    assert sum(len(Stage(in_memory, name).points()) for name in (*VERBS, "two", "kill-at-once")) > 1000
