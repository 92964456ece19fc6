"""The hypervisor door: domains by name on one machine."""

from typing import Protocol

from stratus.model.domain import DomainOutline, DomainSpec, DomainStatus, HypervisorFacts


class Hypervisor(Protocol):
    """Domains on one machine. Every call has a deadline and may be repeated; all raise CommandFailed with the
    hypervisor's own words, NotFound for a name that it does not know (except where noted), DeadlineExceeded."""

    def facts(self) -> HypervisorFacts:
        """What this machine can do; the KVM probe runs a guest once and its verdict is kept."""
        ...

    def define(self, spec: DomainSpec) -> str:
        """Make the domain known, replacing an older definition of it; gives the XML that was used."""
        ...

    def start(self, name: str) -> None:
        """Start it; nothing happens if it runs already."""
        ...

    def shut_down(self, name: str) -> None:
        """Press its power button and come back at once; nothing happens if it is off."""
        ...

    def destroy(self, name: str) -> None:
        """Take its power away; nothing happens if it is off or unknown."""
        ...

    def reboot(self, name: str, *, hard: bool = False) -> None:
        """Ask the guest to reboot, or reset it when `hard`."""
        ...

    def undefine(self, name: str) -> None:
        """Forget the definition; nothing happens if it is unknown."""
        ...

    def domains(self) -> dict[str, DomainStatus]:
        """Every domain, by name, from one call."""
        ...

    def outlines(self) -> dict[str, DomainOutline]:
        """What every domain is defined as, by name; what is defined counts, also while an older definition runs."""
        ...
