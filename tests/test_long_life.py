"""A cloud that is old costs what a new one does, and thirty days leave nothing behind that grows."""

import gc
import os
import random
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bench import ledgers
from stratus.actions import dispatch, records
from stratus.actions.forget import PAGE, forget
from stratus.actions.perform import perform
from stratus.cloud import Cloud
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.errors import DeadlineExceeded
from stratus.model.requests import DescribeRequest, KillRequest, StartRequest, StopRequest, WaitRequest
from stratus.model.states import State
from stratus.nodeagent.journal import KEPT_REPORTS
from stratus.nodeagent.worker import PRUNE_EVERY
from tests.actions.crowd import furnish, open_front_end, wish
from tests.memory_cloud import ROOT as ADMIN
from tests.memory_cloud import MemoryCloud
from tests.tally import tally

FINISHED, ARCHIVED = 50_000, 100_000
DAY_S = 86400.0
READ = {
    "documents": (SqliteLedger._document,),
    "questions": (SqliteLedger.get, SqliteLedger.find, SqliteLedger.changes, SqliteLedger.revision),
    "commits": (SqliteLedger.commit, SqliteLedger.acquire),
}
DEEPER = 2 * 4096  # what a deeper tree of the file may cost each question: two pages, and never the whole


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The ledgers of a cloud that was made today and of one that has seen much."""
    paths = {}
    for age, finished, orders in (("new", 0, 0), ("old", FINISHED, ARCHIVED)):
        folder = tmp_path_factory.mktemp(age)
        cloud = open_front_end(paths.setdefault(age, str(folder / "ledger.sqlite")))
        furnish(cloud)
        assert isinstance(cloud.ledger, SqliteLedger)
        ledgers.save(cloud.ledger, ledgers.finished(1, finished))
        ledgers.save(cloud.ledger, (ledgers.archived_order(number) for number in range(1, orders + 1)))
        counter = {"last": finished}
        cloud.ledger.commit([records.Put(records.COUNTER, "instance", counter)])
        cloud.close()
    return paths


DEEDS: dict[str, Callable[[Cloud], object]] = {
    "opening": lambda cloud: cloud.ledger.revision(),
    "submitting": lambda cloud: perform(cloud, wish(), ADMIN),
    "listing": lambda cloud: perform(cloud, DescribeRequest(), ADMIN),
    "waiting": lambda cloud: wait_in_vain(cloud),
}


@pytest.mark.slow
def test_an_old_cloud_reads_no_more_than_a_new_one(clouds: dict[str, str]) -> None:
    cost: dict[str, dict[str, tuple[Counter[str], int]]] = {}
    for age, path in clouds.items():
        for name, deed in DEEDS.items():
            before = bytes_read()
            with tally(READ) as counts:
                cloud = open_front_end(path)
                deed(cloud)
                cloud.close()
            cost.setdefault(name, {})[age] = counts, bytes_read() - before
    for name, (new, old) in ((name, (each["new"], each["old"])) for name, each in cost.items()):
        assert old[0] == new[0], name
        deeper = DEEPER * (old[0]["questions"] + old[0]["commits"])
        assert old[1] <= new[1] * 1.1 + deeper, f"{name} reads {old[1]} bytes of an old ledger, {new[1]} of a new one"


def wait_in_vain(cloud: Cloud) -> None:
    newest = max(instance.id for instance in records.instances(cloud.ledger))
    with pytest.raises(DeadlineExceeded):
        perform(cloud, WaitRequest((str(newest),), timeout_s=0.0), ADMIN)


def bytes_read() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar:"))


@dataclass
class Clock:
    """The time, which passes when it is told to."""

    now_s: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass(frozen=True)
class Left:
    """What one day has left behind."""

    descriptors: int
    threads: int
    memory: int
    remembered: int  # documents about instances that are done
    file_bytes: int
    reports: int


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, clock: Clock) -> Iterator[MemoryCloud]:
    ledger = SqliteLedger(tmp_path / "ledger.sqlite", clock=clock, history=200)
    site = MemoryCloud(tmp_path, ledger=ledger, queue=lambda path: DirQueue(path, archive_keep=0), clock=clock)
    site.cloud = replace(site.cloud, settings=replace(site.cloud.settings, keep_finished_days=5))
    yield site
    site.close()


@pytest.mark.slow
def test_thirty_days_leave_nothing_that_grows(site: MemoryCloud, clock: Clock, tmp_path: Path) -> None:
    days = []
    tracemalloc.start()
    try:
        for day in range(30):
            one_day(site, random.Random(day % 6))  # as many days are remembered: one goes as its like comes
            clock.now_s += DAY_S
            dispatch.once(site.cloud)
            days.append(left_behind(site, tmp_path))
    finally:
        tracemalloc.stop()
    settled, last = days[9:20], days[-5:]
    for day in last:
        assert day.descriptors <= max(each.descriptors for each in settled)
        assert day.threads <= max(each.threads for each in settled)
        assert day.memory <= max(each.memory for each in settled) * 1.1
        assert day.remembered <= max(each.remembered for each in settled) * 1.1
        assert day.file_bytes <= max(each.file_bytes for each in settled) * 1.1
        assert day.reports <= KEPT_REPORTS + PRUNE_EVERY
    assert site.perform(DescribeRequest(), ADMIN) == ()
    node = site.nodes["node1"]
    assert not (node.hypervisor.domains() or node.network.ports() or node.disks.files)


def one_day(site: MemoryCloud, chance: random.Random) -> None:
    """Some instances come, some of them rest and go on, all of them go."""
    ids = [str(instance.id) for instance in site.run(count=chance.randint(2, 6), swap_mib=0)]
    site.perform(WaitRequest(tuple(ids)), ADMIN)
    resting = tuple(chance.sample(ids, k=2))
    site.perform(StopRequest(resting, force=True), ADMIN)
    site.perform(WaitRequest(resting, "stopped"), ADMIN)
    site.perform(StartRequest(resting[:1]), ADMIN)
    site.perform(WaitRequest(resting[:1]), ADMIN)
    site.perform(KillRequest(tuple(ids)), ADMIN)
    site.perform(WaitRequest(tuple(ids), "done"), ADMIN)


def left_behind(site: MemoryCloud, folder: Path) -> Left:
    gc.collect()
    kinds = (records.ARCHIVE, records.HISTORY, records.ORDER_ARCHIVE, records.BLUEPRINT, records.ORDER)
    return Left(
        descriptors=len(os.listdir("/proc/self/fd")),
        threads=threading.active_count(),
        memory=tracemalloc.get_traced_memory()[0],
        remembered=sum(len(site.cloud.ledger.find(kind)) for kind in kinds),
        file_bytes=(folder / "ledger.sqlite").stat().st_size,
        reports=len(list((folder / "node1").rglob("ended/*"))),
    )


def test_what_was_done_long_ago_is_forgotten_with_its_history_and_orders(site: MemoryCloud, clock: Clock) -> None:
    old, young = (ended(site) for _ in range(2))
    clock.now_s += 4 * DAY_S
    later = ended(site)
    clock.now_s += 2 * DAY_S

    assert forget(site.cloud) == 2 and forget(site.cloud) == 0
    assert [view.instance.id for view in site.perform(DescribeRequest(finished=True), ADMIN)] == [later]
    for instance_id in (old, young):
        assert not records.history(site.cloud.ledger, instance_id).entries
        assert not site.cloud.ledger.find(records.ORDER_ARCHIVE, where={"instance": str(instance_id)})
    assert records.history(site.cloud.ledger, later).entries


def test_forgetting_reads_one_page_where_nothing_is_old(site: MemoryCloud) -> None:
    assert isinstance(site.cloud.ledger, SqliteLedger)
    ledgers.save(site.cloud.ledger, ledgers.finished(1000, 3 * PAGE, at_s=site.cloud.clock()))
    with tally(READ) as counts:
        assert forget(site.cloud) == 0
    assert counts == {"questions": 1, "documents": PAGE}


def ended(site: MemoryCloud) -> int:
    (instance,) = site.run(swap_mib=0)
    number = int(instance.id)
    site.perform(WaitRequest((str(number),)), ADMIN)
    site.perform(KillRequest((str(number),)), ADMIN)
    assert site.perform(WaitRequest((str(number),), State.DONE.value), ADMIN)[0].instance.state is State.DONE
    return number
