"""The steps about domains: definition and power."""

from stratus.model.argv import Argv, hypervisor
from stratus.model.domain import DomainSpec
from stratus.model.values import dataclass


@dataclass(frozen=True)
class DefineDomain:
    """The domain, made known to the hypervisor; its XML is kept beside the disks."""

    uri: str
    spec: DomainSpec
    xml_path: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"define {self.spec.name}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (hypervisor.define(self.uri, self.xml_path),)


@dataclass(frozen=True)
class StartDomain:
    """Power on."""

    uri: str
    name: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"start {self.name}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (hypervisor.start(self.uri, self.name),)


@dataclass(frozen=True)
class PressPower:
    """The power button, and waiting until the guest is off."""

    uri: str
    name: str
    deadline_s: float

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"ask {self.name} to power off"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (hypervisor.shutdown(self.uri, self.name),)


@dataclass(frozen=True)
class StopDomain:
    """Power off at once."""

    uri: str
    name: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"take {self.name}'s power away"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (hypervisor.destroy(self.uri, self.name),)


@dataclass(frozen=True)
class RebootDomain:
    """A reboot by the guest, or a reset."""

    uri: str
    name: str
    hard: bool

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"{'reset' if self.hard else 'reboot'} {self.name}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return ((hypervisor.reset if self.hard else hypervisor.reboot)(self.uri, self.name),)


@dataclass(frozen=True)
class UndefineDomain:
    """The end of the definition."""

    uri: str
    name: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"undefine {self.name}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (hypervisor.undefine(self.uri, self.name),)
