"""What verbs answer with, as values for any renderer. A view that listings build is beside its instance, and light."""

from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.placement.decision import Decision
from stratus.model.plan import Plan
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Accepted:
    """What a verb that changes instances has promised, or (plan) would promise."""

    instances: tuple[Instance, ...] = ()
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True)
class Drained:
    """What is being stopped on a node that takes nothing new, and what else is there; or (plan) the plans of both."""

    instances: tuple[Instance, ...] = ()
    remaining: tuple[Instance, ...] = ()
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True)
class ChangedNode:
    """A node as it is now, or (plan) the plan of its change."""

    node: Node
    plans: tuple[Plan, ...] = ()


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
    placement: Decision | None = None  # what every node said when it was placed


@dataclass(frozen=True)
class TakenOver:
    """A new life of the front end: its epoch, and for each node why it could not be taken in hand yet, or ""."""

    epoch: int
    nodes: tuple[tuple[str, str], ...]
