"""What the checks before an installation want to know of a machine, beside what the steps want: plain values."""

from collections.abc import Mapping
from dataclasses import field

from stratus.model.links import Link
from stratus.model.paths import DEFAULT_STATE_DIR
from stratus.model.values import dataclass

TUN_DEVICE = "/dev/net/tun"


@dataclass(frozen=True)
class Place:
    """The file system that a path is on, or will be."""

    path: str
    kind: str = "ext4"
    options: tuple[str, ...] = ()
    free_mib: int = 0
    free_inodes: int | None = None  # None: this kind of file system does not count them


@dataclass(frozen=True)
class Survey:
    """What a machine is like before anything is changed."""

    cpu_flags: tuple[str, ...] = ()  # those of virtualisation
    kvm: str = "missing"  # missing | silent (it does not answer as KVM does) | works
    cpus: int = 1
    memory_mib: int = 0
    state: Place = Place(DEFAULT_STATE_DIR)
    temporary: Place = Place("/tmp")
    now_s: float = 0.0
    synchronised: bool = False
    clock_keepers: tuple[str, ...] = ()  # programs that set the clock, as far as they run
    host_name: str = ""
    host_addresses: tuple[str, ...] = ()  # what the name is resolved to
    host_names: tuple[str, ...] = ()  # what the first of these is resolved back to
    programs: tuple[str, ...] = ()  # which of the programs in question are there
    cards: tuple[Link, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()  # IPv4: what goes where, the default route left out
    sleeping: Mapping[str, str] = field(default_factory=dict)  # networks that others will make: whose, which
    ruleset: str = ""  # `nft -j list ruleset`; empty if nft is not there yet
    iptables: Mapping[str, str] = field(default_factory=dict)  # program -> what its `-S` says
    guests: tuple[str, ...] = ()  # libvirt's domains
    missing_modules: tuple[str, ...] = ()  # of Python
    missing_features: tuple[str, ...] = ()  # of the kernel
    security: str = ""  # selinux | apparmor; empty if neither is in force
