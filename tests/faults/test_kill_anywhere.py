"""kill -9 at every step of those who ask, of the agent and of the dispatcher: each request ends once, nothing is left.

What fails says how to repeat it: python -m tests.faults.crash SCENE LIFE POINT.
"""

import random

import pytest

from stratus.actions import records
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.model.instance import Instance
from stratus.model.states import State
from tests.faults.crash import SCENES, Stage, settle
from tests.faults.disk_site import DiskSite
from tests.faults.whole import whole

SEED = 4
QUICKLY = 4  # crashes of each scene in the fast tier
VERBS = ("run", "kill", "stop", "start")  # these are killed at each of their points
SAMPLE = 40  # of those of each other scene
PAIRS = 12  # two crashes, one after another, in each scene


def crash_all(stage, crashes):
    """Nothing is wrong after any of them."""
    found = {crash: wrong for crash in crashes if (wrong := stage.crash(*crash))}
    told = [f"python -m tests.faults.crash {stage.name} {' '.join(map(str, crash))}: {w}" for crash, w in found.items()]
    assert not found, f"{len(found)} of {len(crashes)} crashes:\n" + "\n".join(told)


@pytest.mark.parametrize("name", SCENES)
def test_a_few_kills_in_each_scene_leave_the_cloud_whole(in_memory, name):
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


def test_there_are_more_than_a_thousand_points(in_memory):
    assert sum(len(Stage(in_memory, name).points()) for name in (*VERBS, "two", "kill-at-once")) > 1000


@pytest.fixture
def running(in_memory):
    """A cloud with one running instance, that is whole."""
    stage = Stage(in_memory, "stop")
    assert settle(stage.before[0], 4000.0) == []
    site = DiskSite(stage.before[0], now_s=4500.0)
    yield site
    site.close()


def changed(site, **changes):
    instance, revision = records.instance(site.ledger, 1)
    body = records.encode(instance) | changes
    site.ledger.commit(records.put_instance(records.decode(Instance, body), revision))


DAMAGE = {
    "domains": lambda site: site.hypervisor.destroy("one-1"),
    "booted": lambda site: site.hypervisor.reboot("one-1"),
    "ports": lambda site: site.network.unplug(site.network.ports()[0]),
    "lacks files": lambda site: site.disks.files.clear(),
    "folders": lambda site: site.disks.make_directory(f"{site.folder}/node/instances/9"),
    "addresses": lambda site: site.ledger.commit([Delete(records.ADDRESS, "local/172.30.16.2")]),
    "names": lambda site: site.ledger.commit([Put(records.NAME, "x", {})]),
    "blueprints": lambda site: site.ledger.commit([Delete(records.BLUEPRINT, records.key_of(1))]),
    "used": lambda site: changed(site, ram_mib=1),
    "is still": lambda site: changed(site, order="000000000001-1"),
    "holds_capacity": lambda site: changed(site, state=State.STOPPED.value),
    "asked for": lambda site: site.ledger.commit(
        [records.remember(site.ledger, records.instance(site.ledger, 1)[0], 0.0, "stop by alice")]
    ),
    "open": lambda site: site.journal.begin("000000000009-1", 0),
    "inbox": lambda site: site.inbox.put(b"{}"),
}


@pytest.mark.parametrize("said", DAMAGE)
def test_what_is_not_whole_is_seen(running, said):
    DAMAGE[said](running)
    assert any(said in wrong for wrong in whole(running)), whole(running)
