"""The network door in memory keeps the contract."""

from dataclasses import dataclass, field

import pytest

from stratus.drivers.network.memory import MemoryNetwork
from stratus.model.links import Link
from tests.drivers.network.contract import PLAIN_INTERFACE, NetworkContract


@dataclass
class MemoryDoor:
    network: MemoryNetwork = field(
        default_factory=lambda: MemoryNetwork([Link(PLAIN_INTERFACE, "veth", "", True, ("10.99.0.7/24",))])
    )

    def lets_speak(self, tap: str, mac: str, address: str) -> bool:
        return self.network.lets_speak(tap, mac, address)


class TestMemoryNetwork(NetworkContract):
    @pytest.fixture
    def door(self) -> MemoryDoor:
        return MemoryDoor()
