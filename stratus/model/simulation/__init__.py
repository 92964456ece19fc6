"""A workload in simulated time, on nodes that do not exist, by the placement and the reckoning of the real cloud. Pure.

`traces.py` reads workloads, `engine.py` lets them run, `queue.py` says who waits how, `report.py` what became of it,
`picture.py` draws that. Here: what a workload and a cloud are."""

from stratus.model.domain import HypervisorFacts
from stratus.model.node import Node, Reach
from stratus.model.placement import Need
from stratus.model.placement.wish import Rules
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Arrival:
    """An instance that is asked for at a moment, and how long it runs."""

    at_s: float
    lasts_s: float
    need: Need


@dataclass(frozen=True)
class Outage:
    """Nodes that go down at a moment, and for how long: a share of all, of at least one."""

    at_s: float
    lasts_s: float
    share: float


@dataclass(frozen=True)
class Workload:
    """What happens to a cloud."""

    arrivals: tuple[Arrival, ...]
    outages: tuple[Outage, ...] = ()


@dataclass(frozen=True)
class Setting:
    """The cloud to which it happens, and how long who finds no room waits."""

    nodes: tuple[Node, ...]
    rules: Rules
    patience_s: float  # 0: it is refused at once
    ageing_s: float  # after so long a node is held for whoever has waited longest; 0: never
    seed: int = 0  # which nodes an outage hits


def alike(count: int, *, cpus: int, ram_mib: int, disk_mib: int) -> tuple[Node, ...]:
    """So many nodes of one size."""
    facts = HypervisorFacts("simulated:", "qemu", "", "", "", "", "", cpus, ram_mib)
    width = len(str(count))
    return tuple(Node(f"node{n:0{width}}", Reach(), facts, disk_mib=disk_mib) for n in range(1, count + 1))
