"""That the judge of all crashes sees what is not whole."""

import shutil

import pytest

from stratus.actions import records
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.model.codec import decode, encode
from stratus.model.instance import Instance
from stratus.model.quota import Usage
from stratus.model.states import State
from tests.faults.crash import Stage, settle
from tests.faults.disk_site import NODE, DiskSite
from tests.faults.whole import whole


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of a cloud with one running instance, that is whole."""
    stage = Stage(tmp_path_factory.mktemp("whole"), "stop")
    assert settle(stage.before[0], 4000.0) == []
    return stage.before[0]


@pytest.fixture
def running(kept, in_memory):
    """A copy of that cloud."""
    site = DiskSite(shutil.copytree(kept, in_memory / "site"), now_s=4500.0)
    yield site
    site.close()


def changed(site, **changes):
    instance, revision = records.instance(site.ledger, 1)
    body = encode(instance) | changes
    site.ledger.commit(records.put_instance(decode(Instance, body), revision))


DAMAGE = {
    "domains": lambda site: site.hypervisor.destroy("one-1"),
    "booted": lambda site: site.hypervisor.reboot("one-1"),
    "ports": lambda site: site.network.unplug(site.network.ports()[0]),
    "lacks files": lambda site: site.disks.files.clear(),
    "folders": lambda site: site.disks.make_directory(f"{records.node(site.ledger, NODE)[0].state_dir}/instances/9"),
    "addresses": lambda site: site.ledger.commit([Delete(records.ADDRESS, "local/172.30.16.2")]),
    "names": lambda site: site.ledger.commit([Put(records.NAME, "x", {})]),
    "blueprints": lambda site: site.ledger.commit([Delete(records.BLUEPRINT, records.key_of(1))]),
    "used": lambda site: changed(site, ram_mib=1),
    "is counted wrongly": lambda site: site.ledger.commit([Put(records.USAGE, "user/alice", encode(Usage(9)))]),
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
