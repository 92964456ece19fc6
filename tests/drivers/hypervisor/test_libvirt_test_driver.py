"""The libvirt door on libvirt's own test driver, which runs in this process and needs neither root nor QEMU."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.hypervisor.libvirt import LibvirtHypervisor
from stratus.model.domain import DomainSpec
from tests.drivers.hypervisor.contract import HypervisorContract
from tests.drivers.hypervisor.specs import FULL, PLAIN, another

URI = "test:///default"


@pytest.fixture
def hypervisor(tmp_path: Path) -> Iterator[LibvirtHypervisor]:
    door = LibvirtHypervisor(URI, state_dir=str(tmp_path))
    yield door
    door.close()


class TestLibvirtOnItsTestDriver(HypervisorContract):
    @pytest.fixture
    def spec(self, hypervisor: LibvirtHypervisor) -> Iterator[DomainSpec]:
        spec = another(dataclasses.replace(PLAIN, virt_type="test"))
        yield spec
        hypervisor.destroy(spec.name)
        hypervisor.undefine(spec.name)


def test_libvirt_itself_accepts_a_full_definition(hypervisor: LibvirtHypervisor) -> None:
    spec = another(FULL)
    hypervisor.define(spec)
    assert spec.name in hypervisor.domains()
    hypervisor.undefine(spec.name)


def test_the_facts_say_that_it_starts_no_guests(hypervisor: LibvirtHypervisor) -> None:
    facts = hypervisor.facts()

    assert (facts.virt_type, facts.emulator) == ("test", "")
    assert "starts no guests" in facts.why_not_kvm


def test_a_closed_door_opens_by_itself(hypervisor: LibvirtHypervisor) -> None:
    hypervisor.domains()
    hypervisor.close()
    hypervisor.close()

    assert "test" in hypervisor.domains()
