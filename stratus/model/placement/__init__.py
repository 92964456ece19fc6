"""Placement: which node an instance goes to, and why not to the others. Here: the amounts that it reckons with. Pure.

`verdict.py` has what one node says to a wish, `choice.py` which of those that take it is chosen, `zones.py` and
`requirements/` what a user may ask of a node, `reservations.py` what is kept for somebody, `decision.py` what is kept
of a choice for `why`."""

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


NOTHING = Need(0, 0, 0)


@dataclass(frozen=True)
class Ratios:
    """How much may be promised for each unit that a node has."""

    cpu: float = 16.0
    ram: float = 1.0
    disk: float = 1.0


def limit(node: Node, ratios: Ratios) -> Need:
    """The most that may be promised on a node."""
    facts = node.hypervisor
    return Need(int(facts.cpus * ratios.cpu), int(facts.ram_mib * ratios.ram), int(node.disk_mib * ratios.disk))


def room(node: Node, ratios: Ratios) -> Need:
    """What may still be promised on a node; below 0 where more was promised than the ratios now allow."""
    most, used = limit(node, ratios), node.used
    return Need(most.vcpu - used.vcpu, most.ram_mib - used.ram_mib, most.disk_mib - used.disk_mib)
