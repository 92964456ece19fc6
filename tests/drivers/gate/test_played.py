"""The gate in this process keeps the contract."""

import pytest

from stratus.drivers.gate.played import PlayedGate
from tests.drivers.gate.contract import GateContract, NewGate
from tests.drivers.gate.front_door import serve


class TestPlayedGate(GateContract):
    @pytest.fixture
    def new_gate(self) -> NewGate:
        return lambda: PlayedGate("ssh://cloud", serve)
