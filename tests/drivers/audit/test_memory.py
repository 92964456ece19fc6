"""The audit in memory keeps the contract."""

import pytest

from stratus.drivers.audit.memory import MemoryAudit
from tests.drivers.audit.contract import AuditContract


class TestMemoryAudit(AuditContract):
    @pytest.fixture
    def audit(self):
        return MemoryAudit()
