"""The steps that orders are made of: what to do, as data, and the command lines that stand behind each."""

from dataclasses import dataclass

from stratus.model.argv import Argv, disks, hypervisor, network
from stratus.model.context import ContextDisk
from stratus.model.domain import DomainSpec
from stratus.model.network import Bridge, Port


@dataclass(frozen=True)
class CheckImage:
    """Compare the image with its checksum before anything of it is executed."""

    identifier: str
    path: str
    sha256: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"verify image {self.identifier}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (("sha256sum", self.path),)


@dataclass(frozen=True)
class MakeFolder:
    """The folder of an instance."""

    path: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "make the instance's folder"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.make_directory(self.path)


@dataclass(frozen=True)
class WriteRecord:
    """The record beside the disks, from which the ledger can be rebuilt."""

    path: str
    text: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "write instance.json"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return (("install", "-m", "0600", "/dev/stdin", self.path),)


@dataclass(frozen=True)
class CloneDisk:
    """A copy-on-write clone of an image."""

    base: str
    base_format: str
    path: str
    format: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "clone the image"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.clone(self.base, self.base_format, self.path, self.format, 0)


@dataclass(frozen=True)
class MakeDisk:
    """An empty disk: swap or volatile."""

    path: str
    size_mib: int
    filesystem: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"make a {self.size_mib} MiB {self.filesystem or 'empty'} disk"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.make(self.path, self.size_mib, self.filesystem)


@dataclass(frozen=True)
class WriteContext:
    """The context disk."""

    path: str
    disk: ContextDisk

    @property
    def title(self) -> str:
        """What a person reads."""
        return "write the context disk"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.write_context(self.path, self.disk.label, tuple(name for name, _ in self.disk.files))


@dataclass(frozen=True)
class EnsureBridge:
    """The network on the node, made or put right."""

    bridge: Bridge
    folder: str = network.FOLDER  # where the node keeps what it tells nft and dnsmasq

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"see to the {self.bridge.network} network"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines; those whose effect is there already are not run again."""
        return network.ensure(self.bridge, self.folder)


@dataclass(frozen=True)
class PlugPort:
    """The right of one MAC and address to speak through one tap."""

    port: Port

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"let {self.port.address} speak through {self.port.tap}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return network.plug(self.port)


@dataclass(frozen=True)
class UnplugPort:
    """The end of that right."""

    port: Port
    folder: str = network.FOLDER

    @property
    def title(self) -> str:
        """What a person reads."""
        return f"take {self.port.address} off {self.port.tap}"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return network.unplug(self.port, self.folder)


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


@dataclass(frozen=True)
class RemoveFolder:
    """The end of an instance's files."""

    path: str

    @property
    def title(self) -> str:
        """What a person reads."""
        return "remove the instance's folder"

    def explain(self) -> tuple[Argv, ...]:
        """The command lines."""
        return disks.remove(self.path)


Step = (
    CheckImage
    | MakeFolder
    | WriteRecord
    | CloneDisk
    | MakeDisk
    | WriteContext
    | EnsureBridge
    | PlugPort
    | UnplugPort
    | DefineDomain
    | StartDomain
    | PressPower
    | StopDomain
    | RebootDomain
    | UndefineDomain
    | RemoveFolder
)
