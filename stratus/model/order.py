"""What goes to a node and what comes back: orders and reports."""

import dataclasses

from stratus.model.argv import Argv
from stratus.model.steps import Step
from stratus.model.values import dataclass

NOT_UNDONE = "not undone"


@dataclass(frozen=True)
class Order:
    """A list of steps for one node about one instance. Its id makes it idempotent; epoch and generation fence it.

    `epoch` is the life of the front end that promised it, or that sent it last."""

    id: str
    instance_id: int
    generation: int
    epoch: int
    verb: str
    steps: tuple[Step, ...]
    request: str = ""  # the id of the request that led to it


@dataclass(frozen=True)
class StepTiming:
    """One step as it was carried out: when, how long, and the command lines that stood behind it."""

    title: str
    outcome: str  # did | was done | failed | undone | not undone: and why
    started_s: float
    took_s: float
    commands: tuple[Argv, ...] = ()


@dataclass(frozen=True)
class Fault:
    """Why an order failed, as another machine can rebuild the error."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Report:
    """What became of an order."""

    order_id: str
    instance_id: int
    generation: int
    fault: Fault | None
    timings: tuple[StepTiming, ...]
    ended_s: float

    @property
    def done(self) -> bool:
        """Whether every step was carried out."""
        return self.fault is None

    @property
    def clean(self) -> bool:
        """Whether nothing of what failed was left behind on the node."""
        return not any(timing.outcome.startswith(NOT_UNDONE) for timing in self.timings)


@dataclass(frozen=True)
class Dispatched:
    """An order as the ledger keeps it until its report has come."""

    order: Order
    node: str
    status: str  # waiting | sent: it may have reached the node
    created_s: float
    sent_s: float = 0.0
    tries: int = 0

    def sent_at(self, at_s: float, epoch: int) -> "Dispatched":
        """The same order, about to be sent (once more), by the life of the front end that sends it."""
        order = dataclasses.replace(self.order, epoch=epoch)
        return dataclasses.replace(self, order=order, status="sent", sent_s=at_s, tries=self.tries + 1)
