"""What one request led to, across machines."""

from stratus.model.audit import Asked
from stratus.model.order import StepTiming
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Part:
    """What one order came to, of those that a request led to."""

    order_id: str
    instance_id: int
    verb: str
    node: str
    status: str  # waiting | sent | done | failed
    accepted_s: float
    sent_s: float
    ended_s: float = 0.0
    error: str = ""
    steps: tuple[StepTiming, ...] = ()  # as the node carried them out


@dataclass(frozen=True)
class Trail:
    """One request across machines: as it was asked, and the orders that it led to, oldest first."""

    asked: Asked
    parts: tuple[Part, ...] = ()
