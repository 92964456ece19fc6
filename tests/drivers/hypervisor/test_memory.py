"""The hypervisor in memory keeps the contract, and its guests can do what real ones do by themselves."""

import pytest

from stratus.drivers.hypervisor.memory import MemoryHypervisor
from stratus.model.domain import DomainSpec, Power
from tests.drivers.hypervisor.contract import HypervisorContract
from tests.drivers.hypervisor.specs import PLAIN, another


@pytest.fixture
def hypervisor() -> MemoryHypervisor:
    return MemoryHypervisor()


class TestMemoryHypervisor(HypervisorContract):
    @pytest.fixture
    def spec(self) -> DomainSpec:
        return another()


def test_a_guest_may_turn_itself_off(hypervisor: MemoryHypervisor) -> None:
    hypervisor.define(PLAIN)
    hypervisor.start(PLAIN.name)
    hypervisor.power_off_itself(PLAIN.name)

    status = hypervisor.domains()[PLAIN.name]
    assert (status.power, status.reason) == (Power.OFF, "shut down")


def test_a_guest_may_crash_and_be_started_again(hypervisor: MemoryHypervisor) -> None:
    hypervisor.define(PLAIN)
    hypervisor.start(PLAIN.name)
    hypervisor.crash(PLAIN.name)
    crashed = hypervisor.domains()[PLAIN.name].power
    hypervisor.start(PLAIN.name)

    assert crashed is Power.CRASHED
    assert hypervisor.domains()[PLAIN.name].power is Power.RUNNING


def test_what_was_promised_is_what_is_reported(hypervisor: MemoryHypervisor) -> None:
    hypervisor.define(PLAIN)

    status = hypervisor.domains()[PLAIN.name]
    assert (status.vcpu, status.ram_kib) == (PLAIN.vcpu, PLAIN.ram_mib * 1024)
