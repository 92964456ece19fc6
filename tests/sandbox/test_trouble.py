"""Faults on request, with a clock of the test's own."""

import pytest

from stratus.errors import DeadlineExceeded, NoCapacity, NodeUnreachable
from stratus.sandbox.trouble import Died, Fault, Told, Trouble


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def trouble(clock):
    return Trouble("node7", clock)


def test_a_node_is_well_until_something_is_told(trouble):
    trouble.meet("hypervisor", "start")
    trouble.check_reachable()
    assert trouble.told() is None


def test_a_fault_ends_when_its_time_is_over(trouble, clock):
    trouble.tell(Told(Fault.PARTITION, 30.0, 1.0))
    with pytest.raises(NodeUnreachable, match="node7"):
        trouble.check_reachable()
    clock.now_s = 20.0
    assert trouble.left_s() == 10.0
    clock.now_s = 30.0
    trouble.check_reachable()
    assert trouble.told() is None


def test_a_new_fault_takes_the_place_of_the_old_one(trouble):
    trouble.tell(Told(Fault.PARTITION, 30.0, 1.0))
    trouble.tell(Told(Fault.DISK_FULL, 30.0, 1.0))
    trouble.check_reachable()
    with pytest.raises(NoCapacity, match="No space"):
        trouble.meet("disks", "clone")
    trouble.meet("disks", "remove")
    trouble.tell(None)
    trouble.meet("disks", "clone")


def test_an_agent_dies_once_and_only_where_it_notes_what_it_did(trouble):
    trouble.tell(Told(Fault.CRASH, 30.0, 1.0))
    trouble.meet("journal", "begin")
    trouble.meet("hypervisor", "start")
    with pytest.raises(Died):
        trouble.meet("journal", "finish")
    trouble.meet("journal", "finish")


def test_a_hypervisor_that_hangs_is_given_up_as_the_real_one_is(trouble):
    trouble.tell(Told(Fault.HANG, 30.0, 1.0))
    trouble.meet("disks", "clone")
    patient = Trouble("node7", lambda: 0.0, hang_s=0.01)
    patient.tell(Told(Fault.HANG, 30.0, 1.0))
    with pytest.raises(DeadlineExceeded, match="did not answer"):
        patient.meet("hypervisor", "domains")
