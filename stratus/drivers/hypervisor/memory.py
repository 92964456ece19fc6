"""The hypervisor door without a hypervisor: domains in this process, for the sandbox and for tests."""

import dataclasses
import threading
from collections.abc import Callable, MutableMapping
from typing import Any

from stratus.drivers.hypervisor.domain_xml import domain_xml
from stratus.errors import Conflict, NotFound
from stratus.model.domain import SHUT_DOWN, DomainOutline, DomainSpec, DomainStatus, HypervisorFacts, Power, outline_of

FACTS = HypervisorFacts(
    uri="memory:",
    virt_type="qemu",
    why_not_kvm="memory: starts no guests",
    emulator="/usr/bin/qemu-system-x86_64",
    machine="pc-q35-7.2",
    cpu_model="max",
    version="7.2.0",
    cpus=8,
    ram_mib=32768,
)
UP = (Power.RUNNING, Power.PAUSED)


@dataclasses.dataclass(frozen=True)
class _Domain:
    spec: DomainSpec
    power: Power = Power.OFF
    reason: str = ""
    defined: bool = True


class MemoryHypervisor:
    """The protocol in memory: a guest starts at once and obeys its power button. Safe to use from several threads."""

    def __init__(
        self, facts: HypervisorFacts = FACTS, *, tables: Callable[[str], MutableMapping[str, Any]] = lambda name: {}
    ) -> None:
        """`tables` makes what it remembers things in, by a name for each."""
        self._facts = facts
        self._domains: MutableMapping[str, _Domain] = tables("domains")
        self._lock = threading.Lock()

    def facts(self) -> HypervisorFacts:
        """What it was made with."""
        return self._facts

    def define(self, spec: DomainSpec) -> str:
        """Make the domain known, replacing its older definition; Conflict if the name is that of another domain."""
        xml = domain_xml(spec)
        with self._lock:
            known = self._domains.get(spec.name)
            if known is not None and known.spec.uuid != spec.uuid:
                raise Conflict(f"the hypervisor has another domain with the name {spec.name}: {known.spec.uuid}")
            old = known or _Domain(spec)
            self._domains[spec.name] = dataclasses.replace(old, spec=spec, defined=True)
        return xml

    def start(self, name: str) -> None:
        """Start it; nothing happens if it runs already."""
        self._change(name, lambda old: old if old.power in UP else _turned(old, Power.RUNNING))

    def shut_down(self, name: str) -> None:
        """Press its power button, which this guest obeys at once; nothing happens if it is off."""
        self._change(name, lambda old: _turned(old, Power.OFF, SHUT_DOWN) if old.power in UP else old)

    def destroy(self, name: str) -> None:
        """Take its power away; nothing happens if it is off or unknown."""
        if name in self._domains:
            self._change(name, lambda old: _turned(old, Power.OFF, "destroyed") if old.power in UP else old)

    def reboot(self, name: str, *, hard: bool = False) -> None:
        """The guest is back at once, in either way; Conflict if it is off."""
        self._change(name, _rebooted)

    def undefine(self, name: str) -> None:
        """Forget the definition; one that runs is there until it is off. Nothing happens if it is unknown."""
        if name in self._domains:
            self._change(name, lambda old: dataclasses.replace(old, defined=False))

    def domains(self) -> dict[str, DomainStatus]:
        """Every domain, by name."""
        with self._lock:
            return {name: _status(domain) for name, domain in self._domains.items()}

    def outlines(self) -> dict[str, DomainOutline]:
        """What every domain is defined as."""
        with self._lock:
            known = self._domains.items()
            return {name: dataclasses.replace(outline_of(one.spec), persistent=one.defined) for name, one in known}

    def lose_power(self) -> None:
        """What the machine's reboot does: everything is off, and what was not defined is forgotten."""
        with self._lock:
            for name, one in list(self._domains.items()):
                if one.defined:
                    self._domains[name] = _turned(one, Power.OFF)
                else:
                    del self._domains[name]

    def power_off_itself(self, name: str) -> None:
        """What a guest does whose own user types `poweroff`."""
        self.shut_down(name)

    def crash(self, name: str) -> None:
        """What happens when the emulator of a guest dies."""
        self._change(name, lambda old: _turned(old, Power.CRASHED, "crashed") if old.power in UP else old)

    def _change(self, name: str, change: Callable[[_Domain], _Domain]) -> None:
        with self._lock:
            old = self._domains.get(name)
            if old is None:
                raise NotFound(f"the hypervisor knows no domain {name}")
            new = change(old)
            if new.defined or new.power in UP:
                self._domains[name] = new
            else:
                del self._domains[name]


def _turned(old: _Domain, power: Power, reason: str = "") -> _Domain:
    return dataclasses.replace(old, power=power, reason=reason)


def _rebooted(old: _Domain) -> _Domain:
    if old.power not in UP:
        raise Conflict(f"{old.spec.name} is off, it cannot be rebooted", hint="start it instead")
    return old


def _status(domain: _Domain) -> DomainStatus:
    spec = domain.spec
    return DomainStatus(spec.name, domain.power, domain.reason, 0, spec.vcpu, spec.ram_mib * 1024)
