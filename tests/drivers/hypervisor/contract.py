"""What every hypervisor door keeps: memory, libvirt's test driver and libvirt with QEMU alike.

A test class inherits HypervisorContract and brings two fixtures: `hypervisor`, and `spec`, a domain that it can run and
that nobody else uses. Both are cleaned up by the class.
"""

import dataclasses
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from stratus.drivers.hypervisor.protocol import Hypervisor
from stratus.errors import BadInput, Conflict, NotFound
from stratus.model.domain import DomainSpec, Power, outline_of

NOBODY = "test-nobody"


class HypervisorContract:
    def test_a_defined_domain_is_listed_and_off(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)

        status = hypervisor.domains()[spec.name]
        assert (status.name, status.power) == (spec.name, Power.OFF)

    def test_define_gives_the_xml_that_was_used(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        assert f"<uuid>{spec.uuid}</uuid>" in hypervisor.define(spec)

    def test_to_define_again_replaces_the_definition(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.define(dataclasses.replace(spec, title="another title"))

        assert list(hypervisor.domains()).count(spec.name) == 1

    def test_a_running_domain_may_be_defined_again_and_runs_on(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.define(dataclasses.replace(spec, title="another title"))

        assert hypervisor.domains()[spec.name].power is Power.RUNNING

    def test_a_name_that_another_domain_has_is_refused(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)

        with pytest.raises(Conflict, match=spec.uuid):
            hypervisor.define(dataclasses.replace(spec, uuid=str(uuid.uuid4())))

    def test_a_bad_definition_is_refused_and_leaves_nothing(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        with pytest.raises(BadInput):
            hypervisor.define(dataclasses.replace(spec, title="ring\x07"))

        assert spec.name not in hypervisor.domains()

    def test_a_hostile_title_is_only_a_title(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(dataclasses.replace(spec, title="</title><devices/> & \"'\n%s ☃"))

        assert hypervisor.domains()[spec.name].power is Power.OFF

    def test_it_starts_and_a_second_start_changes_nothing(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.start(spec.name)

        assert hypervisor.domains()[spec.name].power is Power.RUNNING

    def test_destroy_takes_the_power_and_may_be_repeated(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.destroy(spec.name)
        hypervisor.destroy(spec.name)

        assert hypervisor.domains()[spec.name].power is Power.OFF

    def test_it_can_be_started_again(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.destroy(spec.name)
        hypervisor.start(spec.name)

        assert hypervisor.domains()[spec.name].power is Power.RUNNING

    def test_shut_down_of_one_that_is_off_changes_nothing(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.shut_down(spec.name)

        assert hypervisor.domains()[spec.name].power is Power.OFF

    def test_shut_down_comes_back_at_once(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.shut_down(spec.name)

        assert hypervisor.domains()[spec.name].power in (Power.RUNNING, Power.OFF)

    @pytest.mark.parametrize("hard", [False, True])
    def test_reboot_leaves_it_running(self, hypervisor: Hypervisor, spec: DomainSpec, hard: bool) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.reboot(spec.name, hard=hard)

        assert hypervisor.domains()[spec.name].power is Power.RUNNING

    @pytest.mark.parametrize("hard", [False, True])
    def test_one_that_is_off_cannot_be_rebooted(self, hypervisor: Hypervisor, spec: DomainSpec, hard: bool) -> None:
        hypervisor.define(spec)

        with pytest.raises(Conflict, match="is off"):
            hypervisor.reboot(spec.name, hard=hard)

    def test_undefine_forgets_it_and_may_be_repeated(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.undefine(spec.name)
        hypervisor.undefine(spec.name)

        assert spec.name not in hypervisor.domains()

    def test_one_that_runs_is_forgotten_when_it_goes_off(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.undefine(spec.name)
        running = hypervisor.domains()[spec.name].power
        hypervisor.destroy(spec.name)

        assert running is Power.RUNNING
        assert spec.name not in hypervisor.domains()

    def test_a_definition_is_read_back_as_it_was_asked_for(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)

        assert hypervisor.outlines()[spec.name] == outline_of(spec)

    def test_what_runs_without_a_definition_is_seen(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        hypervisor.start(spec.name)
        hypervisor.undefine(spec.name)

        assert not hypervisor.outlines()[spec.name].persistent
        hypervisor.destroy(spec.name)

    def test_an_unknown_name_is_not_found(self, hypervisor: Hypervisor) -> None:
        for deed in (hypervisor.start, hypervisor.shut_down, hypervisor.reboot):
            with pytest.raises(NotFound, match=NOBODY):
                deed(NOBODY)

    def test_an_unknown_name_may_be_destroyed_and_undefined(self, hypervisor: Hypervisor) -> None:
        hypervisor.destroy(NOBODY)
        hypervisor.undefine(NOBODY)

        assert NOBODY not in hypervisor.domains()

    def test_eight_threads_may_use_it_at_once(self, hypervisor: Hypervisor, spec: DomainSpec) -> None:
        hypervisor.define(spec)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(hypervisor.start, [spec.name] * 8))

        assert hypervisor.domains()[spec.name].power is Power.RUNNING

    def test_the_facts_are_whole(self, hypervisor: Hypervisor) -> None:
        facts = hypervisor.facts()

        assert facts.uri and facts.virt_type and facts.version
        assert facts.cpus > 0 and facts.ram_mib > 0
        assert (facts.why_not_kvm == "") == (facts.virt_type == "kvm")
        assert facts.cpu_model == ("host-passthrough" if facts.virt_type == "kvm" else "max")
