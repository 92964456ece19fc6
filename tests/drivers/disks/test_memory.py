import pytest

from stratus.drivers.disks.memory import MemoryDisks
from stratus.errors import NoCapacity
from tests.drivers.disks.contract import DisksContract, House


@pytest.fixture
def house() -> House:
    disks = MemoryDisks(has_base=lambda path: path == "/images/one")
    return House(disks, "/images/one", "/state/instances", lambda path: disks.files.get(path))


class TestMemoryDisks(DisksContract):
    pass


def test_a_full_one_says_so_and_keeps_nothing_of_it() -> None:
    disks = MemoryDisks(room_for_files=1)
    disks.write_record("/state/instances/1/instance.json", "{}")

    with pytest.raises(NoCapacity):
        disks.make("/state/instances/2/disk.raw", 1)

    assert disks.directories("/state/instances") == ["1"]
