"""Placement: which node an instance goes to, and why the others were refused. Pure."""

from collections.abc import Sequence

from stratus.model.node import Node, Used
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Need:
    """What one instance takes from a node."""

    vcpu: int
    ram_mib: int
    disk_mib: int

    def out_of(self, free: "Need") -> "Need":
        """What is free once this is taken."""
        return Need(free.vcpu - self.vcpu, free.ram_mib - self.ram_mib, free.disk_mib - self.disk_mib)

    def added_to(self, used: Used) -> Used:
        """What is promised once this is promised too."""
        return Used(
            used.vcpu + self.vcpu, used.ram_mib + self.ram_mib, used.disk_mib + self.disk_mib, used.instances + 1
        )

    def taken_from(self, used: Used) -> Used:
        """What is promised once this has been given back."""
        return Used(
            max(0, used.vcpu - self.vcpu),
            max(0, used.ram_mib - self.ram_mib),
            max(0, used.disk_mib - self.disk_mib),
            max(0, used.instances - 1),
        )


@dataclass(frozen=True)
class Ratios:
    """How much may be promised for each unit that a node has."""

    cpu: float = 16.0
    ram: float = 1.0
    disk: float = 1.0


@dataclass(frozen=True)
class Verdict:
    """What one node says to a need: "" when it fits, else what is missing and by how much."""

    node: str
    refusal: str


def verdict(need: Need, node: Node, ratios: Ratios) -> Verdict:
    """The answer of one node."""
    if not node.enabled:
        return Verdict(node.name, "it is disabled")
    if node.trouble:
        return Verdict(node.name, f"it does not answer: {node.trouble}")
    if node.sickness:
        return Verdict(node.name, f"it is sick: {node.sickness}")
    limit = _limit(node, ratios)
    lacks = [
        _lack("CPU", need.vcpu, node.used.vcpu, limit.vcpu, ""),
        _lack("RAM", need.ram_mib, node.used.ram_mib, limit.ram_mib, " MiB"),
        _lack("disk", need.disk_mib, node.used.disk_mib, limit.disk_mib, " MiB"),
    ]
    return Verdict(node.name, "; ".join(lack for lack in lacks if lack))


def room(node: Node, ratios: Ratios) -> Need:
    """What may still be promised on a node; below 0 where more was promised than the ratios now allow."""
    limit, used = _limit(node, ratios), node.used
    return Need(limit.vcpu - used.vcpu, limit.ram_mib - used.ram_mib, limit.disk_mib - used.disk_mib)


def place(need: Need, nodes: Sequence[Node], ratios: Ratios) -> tuple[Node | None, tuple[Verdict, ...]]:
    """The emptiest node (by RAM, then by name) that has room, or None; and every node's verdict."""
    verdicts = tuple(verdict(need, node, ratios) for node in nodes)
    fitting = [node for node, said in zip(nodes, verdicts, strict=True) if not said.refusal]
    if not fitting:
        return None, verdicts
    return min(fitting, key=lambda node: (_fullness(node), node.name)), verdicts


def _limit(node: Node, ratios: Ratios) -> Need:
    facts = node.hypervisor
    return Need(int(facts.cpus * ratios.cpu), int(facts.ram_mib * ratios.ram), int(node.disk_mib * ratios.disk))


def _lack(what: str, wanted: int, used: int, limit: int, unit: str) -> str:
    free = limit - used
    if wanted <= free:
        return ""
    return f"{what}: {wanted}{unit} wanted, {max(0, free)}{unit} of {limit}{unit} free, {wanted - free}{unit} short"


def _fullness(node: Node) -> float:
    return node.used.ram_mib / max(1, node.hypervisor.ram_mib)
