from collections.abc import Iterator

import pytest

from stratus.drivers.ledger.memory import MemoryLedger
from tests.drivers.ledger.contract import Clock, LedgerContract, has_ended


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Iterator[MemoryLedger]:
    ledger = MemoryLedger(clock=clock, has_ended=has_ended)
    yield ledger
    ledger.close()


@pytest.fixture
def short() -> MemoryLedger:
    return MemoryLedger(history=3)


class TestMemoryLedger(LedgerContract):
    pass
