"""What one look at a node finds there: everything that the doctor compares with the ledger."""

from collections.abc import Mapping
from dataclasses import field

from stratus.model.domain import DomainOutline, DomainStatus
from stratus.model.image import ImageFacts
from stratus.model.network import Bridge, Port
from stratus.model.record import Record
from stratus.model.values import dataclass


@dataclass(frozen=True)
class FolderSeen:
    """One instance's folder: the names of its files, and the text of its record ("" if there is none)."""

    id: int
    files: tuple[str, ...]
    record: str = ""


@dataclass(frozen=True)
class Space:
    """The file system of a folder; a file system that makes inodes as it needs them says 0 of 0."""

    free_mib: int
    size_mib: int
    free_inodes: int = 0
    inodes: int = 0

    @property
    def free_share(self) -> float:
        """What is left, as a share of what there is: of blocks or of inodes, whichever is less."""
        both = ((self.free_mib, self.size_mib), (self.free_inodes, self.inodes))
        return min((free / size for free, size in both if size), default=1.0)


@dataclass(frozen=True)
class ImageSeen:
    """One image in a store. `trouble`: "" if it is sound, else why it is not."""

    identifier: str
    facts: ImageFacts | None
    files: tuple[str, ...]  # absolute paths
    trouble: str = ""
    age_s: float = 0.0  # since the newest of its files was written


@dataclass(frozen=True)
class BridgeSeen:
    """One bridge that the node was told of, and how much of it is there."""

    bridge: Bridge
    there: bool
    addressed: bool
    served: bool  # DHCP answers, or need not


@dataclass(frozen=True)
class Speaker:
    """A tap that the filter knows, with what may speak through it. `whole`: it is in every set that it has to be in."""

    tap: str
    mac: str
    address: str
    whole: bool = True


@dataclass(frozen=True)
class HostSeen:
    """What DHCP was told of one card."""

    bridge: str
    tap: str
    line: str


@dataclass(frozen=True)
class NetworkSeen:
    """The networks of a node: what it was told, and what the kernel and the DHCP servers know."""

    bridges: tuple[BridgeSeen, ...] = ()
    ports: tuple[Port, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    hosts: tuple[HostSeen, ...] = ()
    loose: tuple[str, ...] = ()  # taps that are there, and not in their bridges


@dataclass(frozen=True)
class Stray:
    """A file that lies where it has no business, and why it is taken for one."""

    path: str
    what: str


@dataclass(frozen=True)
class Folder:
    """One instance's folder as the front end learns of it. `record`: only of instances that it does not know."""

    id: int
    files: tuple[str, ...]
    record_trouble: str = ""  # "" | missing | damaged: and how
    record: Record | None = None


@dataclass(frozen=True)
class Inspection:
    """One node at one moment."""

    node: str
    version: str
    state_dir: str
    at_s: float
    boot: str = ""  # another one after every boot
    clock_off_s: float = 0.0  # the node's clock less the front end's; filled in by the front end
    domains: Mapping[str, DomainStatus] | None = None  # None: the hypervisor does not answer
    outlines: Mapping[str, DomainOutline] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()  # what could not be looked at, and why
    folders: tuple[Folder, ...] = ()
    network: NetworkSeen | None = None  # None: it could not be looked at
    images: tuple[ImageSeen, ...] | None = None  # likewise
    space: Space = field(default_factory=lambda: Space(0, 0))
    orders: tuple[str, ...] = ()  # that it has: waiting, in hand, or ended with the report still there
    open_journals: tuple[str, ...] = ()  # orders that were begun and have not ended
    strays: tuple[Stray, ...] = ()  # in its queues
    generations: Mapping[str, int] = field(default_factory=dict)  # the last one carried out, by instance
    last_order: int = 0  # the highest number of an order that it has ever had, as far as it remembers
    last_instance: int = 0
