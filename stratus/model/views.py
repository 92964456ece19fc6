"""What is shown to users: rows and details, as values that any renderer can print."""

from typing import TYPE_CHECKING

from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.values import dataclass

if TYPE_CHECKING:  # plans bring every kind of step along, which a listing never needs
    from stratus.model.placement.decision import Decision
    from stratus.model.plan import Plan


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


@dataclass(frozen=True)
class Accepted:
    """What a verb that changes instances has promised, or (plan) would promise."""

    instances: tuple[Instance, ...] = ()
    plans: "tuple[Plan, ...]" = ()


@dataclass(frozen=True)
class Drained:
    """What is being stopped on a node that takes nothing new, and what else is there; or (plan) the plans of both."""

    instances: tuple[Instance, ...] = ()
    remaining: tuple[Instance, ...] = ()
    plans: "tuple[Plan, ...]" = ()


@dataclass(frozen=True)
class ChangedNode:
    """A node as it is now, or (plan) the plan of its change."""

    node: Node
    plans: "tuple[Plan, ...]" = ()


@dataclass(frozen=True)
class Phase:
    """One phase of waiting, and how long it took."""

    name: str
    took_s: float

    @property
    def text(self) -> str:
        """The phase with its time, for people."""
        return f"{self.name} {self.took_s:.1f} s"


@dataclass(frozen=True)
class Waited:
    """An instance that arrived where it was awaited, by phases."""

    instance: Instance
    phases: tuple[Phase, ...]


@dataclass(frozen=True)
class Reason:
    """One line of `why`: what, and the command to try, if there is one."""

    text: str
    fix: str = ""


@dataclass(frozen=True)
class WhyView:
    """Why an instance is where it is."""

    instance: Instance
    reasons: tuple[Reason, ...]
    placement: "Decision | None" = None  # what every node said when it was placed


@dataclass(frozen=True)
class TakenOver:
    """A new life of the front end: its epoch, and for each node why it could not be taken in hand yet, or ""."""

    epoch: int
    nodes: tuple[tuple[str, str], ...]
