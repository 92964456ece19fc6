import pytest

from stratus.drivers.queue.memory import MemoryQueue
from tests.drivers.queue.contract import Clock, QueueContract


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> MemoryQueue:
    return MemoryQueue(stale_s=60, max_tries=3, clock=clock)


class TestMemoryQueue(QueueContract):
    pass
