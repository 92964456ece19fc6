"""An instance: what has been promised to a user, and what has become of it."""

import dataclasses

from stratus.model.context.values import ContextRequest
from stratus.model.domain import DomainSpec
from stratus.model.network import Port
from stratus.model.states import State, check_move
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Lease:
    """The address that an instance holds, with the MAC that carries it."""

    network: str
    address: str
    mac: str


@dataclass(frozen=True)
class Instance:
    """One instance as the ledger keeps it; small, since every listing reads it."""

    id: int
    name: str
    owner: str
    image: str  # identifier
    image_name: str  # what the user called it
    machine_type: str
    cpu: int
    ram_mib: int
    swap_mib: int
    volatile_gib: int
    lease: Lease
    node: str
    uuid: str
    state: State = State.PENDING
    generation: int = 1
    created_s: float = 0.0
    changed_s: float = 0.0
    order: str = ""  # the order in hand; "" when nothing is under way
    goal: State = State.RUNNING  # where the order in hand leads
    error: str = ""  # why it failed, or why it is not where it should be
    fix: str = ""  # the command to try
    holds_capacity: bool = True  # CPU and RAM are reserved on the node
    holds_lease: bool = True  # address, name and disk are reserved
    interrupted: bool = False  # it ran when its node went down, and is to run again
    together: str = ""  # the group of its owner's whose members are all on one node
    apart: str = ""  # the group of its owner's whose members are each on a node of their own

    @property
    def domain(self) -> str:
        """The hypervisor's name for it, as StratusLab's users know it."""
        return f"one-{self.id}"

    @property
    def waits_for_room(self) -> bool:
        """Whether it is on no node yet, and stands in line."""
        return not self.node and self.state is State.PENDING

    @property
    def disk_mib(self) -> int:
        """The disk that is promised besides the image: swap and the volatile disk."""
        return self.swap_mib + self.volatile_gib * 1024

    def moved_to(self, state: State, *, at_s: float, error: str = "", fix: str = "") -> "Instance":
        """The same instance in another state. Raises Conflict when that state cannot follow."""
        check_move(self.state, state)
        return dataclasses.replace(self, state=state, changed_s=at_s, error=error, fix=fix)

    def ordered(self, order_id: str, goal: State) -> "Instance":
        """The same instance with an order in hand, one generation on."""
        return dataclasses.replace(self, order=order_id, goal=goal, generation=self.generation + 1, interrupted=False)

    def settled(self) -> "Instance":
        """The same instance with no order in hand."""
        return dataclasses.replace(self, order="")


@dataclass(frozen=True)
class ExtraDisk:
    """A disk that the instance has besides its clone of the image."""

    path: str
    size_mib: int
    filesystem: str  # swap | ext4


@dataclass(frozen=True)
class Blueprint:
    """What an instance is made of; read when it is started, stopped or killed, not by listings."""

    domain: DomainSpec
    extra_disks: tuple[ExtraDisk, ...]
    port: Port
    directory: str
    context: ContextRequest


GONE = "the hypervisor does not know it any more"  # the error of an instance whose domain vanished


@dataclass(frozen=True)
class InstanceView:
    """One instance as `describe` shows it: the promise, and what the last sweep of its node saw."""

    instance: Instance
    cpu_percent: int = 0
    memory_kib: int = 0
    age_s: float = 0.0  # of the last sweep; 0 when there was none
    now_s: float = 0.0  # when this was so
    blueprint: Blueprint | None = None  # only when one instance was asked for
    stale: str = ""  # why nothing newer is known of its node
    called: str = ""  # its name as the asker gives it, whoever else has one of that name
    cloud: str = ""  # which one it is in; filled in by who asks several
