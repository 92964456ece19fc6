import pytest

from stratus.drivers.appliance.memory import MemoryApplianceBuilder
from tests.drivers.appliance.contract import ApplianceContract, BuildingContract


class TestMemoryApplianceBuilder(ApplianceContract, BuildingContract):
    @pytest.fixture
    def builder(self) -> MemoryApplianceBuilder:
        return MemoryApplianceBuilder()
