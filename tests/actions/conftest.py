"""The memory cloud as a fixture."""

import pytest

from tests.memory_cloud import MemoryCloud


@pytest.fixture
def site(tmp_path):
    cloud = MemoryCloud(tmp_path)
    yield cloud
    cloud.close()
