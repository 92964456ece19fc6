"""What `stratus recover` answers with."""

from stratus.model.instance import Instance
from stratus.model.plan import Plan
from stratus.model.values import dataclass
from stratus.model.views import TakenOver


@dataclass(frozen=True)
class Recovery:
    """What was recovered, or would be."""

    started: tuple[Instance, ...] = ()  # that ran when their node went down
    plans: tuple[Plan, ...] = ()  # what starting them takes
    entered: tuple[str, ...] = ()  # what the ledger has got back, in words
    left: tuple[str, ...] = ()  # what could not be recovered, and why
    taken_over: TakenOver | None = None
