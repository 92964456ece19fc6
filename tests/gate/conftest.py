"""A cloud in memory with three users who come in through the gate."""

import pytest

from stratus.model.role import Role
from tests.gate.visit import add_user
from tests.memory_cloud import MemoryCloud


@pytest.fixture
def site(tmp_path):
    cloud = MemoryCloud(tmp_path)
    add_user(cloud.ledger, "alice")
    add_user(cloud.ledger, "bob")
    add_user(cloud.ledger, "oscar", Role.OPERATOR)
    add_user(cloud.ledger, "root", Role.ADMIN)
    yield cloud
    cloud.close()
