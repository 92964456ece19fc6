"""A node: a machine that runs instances, how it is reached and what it has."""

import dataclasses
from dataclasses import field
from typing import NamedTuple

from stratus.model.domain import HypervisorFacts
from stratus.model.paths import DEFAULT_STATE_DIR
from stratus.model.values import dataclass

COMPUTE, STORAGE = "compute", "storage"
ROLES = (COMPUTE, STORAGE)  # what a node is for: it runs instances, or only holds what they need


@dataclass(frozen=True)
class Reach:
    """How the front end reaches a node's agent."""

    host: str = "127.0.0.1"
    port: int = 22
    user: str = "root"
    way: str = "ssh"  # ssh | local (a child of the command itself) | sandbox (`host`: its socket, `user`: the machine)
    agent: tuple[str, ...] = ("stratus-nodeagent",)  # the command line that starts the agent there


class HostKey(NamedTuple):
    """The public key by which a machine shows that it is itself."""

    type: str
    base64: str
    fingerprint: str


@dataclass(frozen=True)
class Login:
    """How an administrator comes in to a machine over SSH."""

    host: str
    port: int = 22
    user: str = "root"
    key_file: str = ""  # "": the administrator's usual ones, and the SSH agent's
    ask_password: bool = False


@dataclass(frozen=True)
class Ran:
    """How a program ended that ran on another machine, and what it printed."""

    status: int
    output: str = ""


@dataclass(frozen=True)
class Used:
    """What has been promised to instances on a node."""

    vcpu: int = 0
    ram_mib: int = 0
    disk_mib: int = 0
    instances: int = 0


@dataclass(frozen=True)
class Reservation:
    """Room on a node that is kept for one owner, less what their instances take there already, until a moment."""

    owner: str
    vcpu: int
    ram_mib: int
    disk_mib: int
    until_s: float = 0.0  # 0: until it is taken back


@dataclass(frozen=True)
class Ailment:
    """What a node says is wrong with itself, and the command that mends it."""

    text: str
    mend: str = ""
    grave: bool = True  # nothing new is placed on a node that has one of these


@dataclass(frozen=True)
class Node:
    """One node as the ledger keeps it."""

    name: str
    reach: Reach
    hypervisor: HypervisorFacts
    state_dir: str = DEFAULT_STATE_DIR
    reflinks: bool = False  # the file system of the instances' folder can share blocks
    disk_mib: int = 0  # the size of that file system
    enabled: bool = True
    role: str = COMPUTE
    is_away: bool = False  # another machine than the front end's, with an image store of its own
    images: tuple[str, ...] = ()  # those that were sent to that store
    version: str = ""  # of its agent, when it was last asked
    used: Used = field(default_factory=Used)
    seen_s: float = 0.0  # when it last told all of itself; each sweep does so, and is kept apart
    trouble: str = ""  # why it did not, if it did not
    mend: str = ""  # the command to try then
    ailments: tuple[Ailment, ...] = ()  # what its last sweep says is wrong with it
    blind_since_s: float = 0.0  # since when its domains cannot be seen; 0 while they can
    tried_s: float = 0.0  # when it was asked in vain, some seconds more or less
    zone: str = ""  # where it stands: region/zone/pod/cluster, or a beginning of that
    labels: tuple[tuple[str, str], ...] = ()  # what its administrator says of it, by name
    reservations: tuple[Reservation, ...] = ()

    @property
    def sickness(self) -> str:
        """What keeps new instances away from it, the most telling of several; "" when it is well."""
        return self.trouble or next((ailment.text for ailment in self.ailments if ailment.grave), "")

    @property
    def stale(self) -> str:
        """Why nothing newer is known of its instances; "" when that is not so."""
        return self.complaints[0][0] if self.blind_since_s and self.sickness else ""

    @property
    def complaints(self) -> tuple[tuple[str, str], ...]:
        """What is wrong with it, a line each, and what to do about it; what is harmless comes last."""
        silence = [(f"{self.name} does not answer: {self.trouble}", self.mend)] if self.trouble else []
        grave = [(f"{self.name} is sick: {ailment.text}", ailment.mend) for ailment in self.ailments if ailment.grave]
        harmless = [(f"{self.name}: {ailment.text}", ailment.mend) for ailment in self.ailments if not ailment.grave]
        return (*silence, *grave, *harmless)

    def with_used(self, used: Used) -> "Node":
        """The same node with other promises."""
        return dataclasses.replace(self, used=used)
