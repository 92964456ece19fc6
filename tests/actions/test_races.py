"""What is asked for while something else is under way: at every moment it ends once, and nothing is left."""

import dataclasses
import threading
from functools import partial

import pytest

from stratus.actions import dispatch, records
from stratus.actions.term import LEASE, Term
from stratus.cloud import Links
from stratus.drivers.ledger.memory import MemoryLedger
from stratus.model.requests import KillRequest, LogRequest, StartRequest, StopRequest, WaitRequest
from tests.memory_cloud import MemoryCloud

DEADLINE_S = 10.0
START = [("network", "ensure"), ("hypervisor", "define"), ("hypervisor", "start")]
RUN = [("disks", name) for name in ("make_directory", "write_record", "clone", "make", "write_context")]
RUN += [("network", "plug"), *START]


class Halt:
    """A door's method that stops before or after its deed until it is let go on."""

    def __init__(self, door, name, *, after):
        self._method, self._after = getattr(door, name), after
        self.reached, self.go_on = threading.Event(), threading.Event()
        setattr(door, name, self)

    def __call__(self, *args, **options):
        if not self._after:
            self._stop()
        result = self._method(*args, **options)
        if self._after:
            self._stop()
        return result

    def _stop(self):
        self.reached.set()
        assert self.go_on.wait(DEADLINE_S)


def arrive(site, until):
    return site.perform(WaitRequest(("1",), until, DEADLINE_S))[0].instance


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("verb", "door", "name"),
    [("run", *one) for one in RUN] + [("start", *one) for one in START],
    ids=lambda word: word,
)
def test_a_kill_at_any_moment_of_a_run_or_a_start_leaves_nothing(site, verb, door, name, after):
    node = site.nodes["node1"]
    if verb == "start":
        site.run()
        arrive(site, "running")
        site.perform(StopRequest(("1",)))
        arrive(site, "stopped")
    halt = Halt(getattr(node, door), name, after=after)
    site.run() if verb == "run" else site.perform(StartRequest(("1",)))
    assert halt.reached.wait(DEADLINE_S)

    site.perform(KillRequest(("1",)))
    halt.go_on.set()
    arrive(site, "done")

    assert node.hypervisor.domains() == {} and not node.disks.files and not node.network.ports()
    used = records.node(site.cloud.ledger, "node1")[0].used
    assert (used.vcpu, used.ram_mib, used.disk_mib, used.instances) == (0, 0, 0, 0)
    assert not site.cloud.ledger.find(records.ADDRESS) and not records.orders(site.cloud.ledger)


@pytest.fixture
def moved(tmp_path):
    """A cloud whose ledger goes by a clock that a test moves."""
    now = [1_800_000_000.0]
    site = MemoryCloud(tmp_path, ledger=MemoryLedger(clock=lambda: now[0]))
    site.cloud = dataclasses.replace(site.cloud, clock=lambda: now[0])
    site.now = now
    yield site
    site.close()


def test_of_two_dispatchers_the_slower_one_saves_nothing_more(moved):
    """One falls asleep with a report in its hands; another settles it meanwhile."""
    asleep, wake = threading.Event(), threading.Event()
    link = moved.nodes["node1"].link

    class Sleepy:
        def call(self, method, params, *, timeout_s=30.0):
            answer = link.call(method, params, timeout_s=timeout_s)
            if method == "collect" and answer["reports"]:
                asleep.set()
                assert wake.wait(DEADLINE_S)
            return answer

        def close(self):
            pass

    moved.run()
    slow = dataclasses.replace(moved.cloud, links=Links(lambda node: Sleepy()), pause=lambda seconds: None)
    lease = moved.ledger.acquire(LEASE, "slow", 15.0)
    node = records.node(moved.ledger, "node1")[0]
    deed = partial(dispatch.bring_in, slow, node, Term(slow, lease, 15.0), wait_s=DEADLINE_S)
    thread = threading.Thread(target=dispatch.guarded, args=(slow, node, deed))
    thread.start()
    assert asleep.wait(DEADLINE_S)

    moved.now[0] += 60.0
    assert arrive(moved, "running").order == ""
    held = moved.ledger.acquire(LEASE, "fast", 1000.0)
    before = moved.ledger.commit([])
    wake.set()
    thread.join(DEADLINE_S)

    assert held is not None and not thread.is_alive()
    causes = [entry.cause for entry in moved.perform(LogRequest("1")).entries]
    assert causes.count("run is done") == 1 and moved.ledger.commit([]) == before
