"""What happened to an instance; apart from the instance itself, since no listing reads it."""

from stratus.model.instance import Instance
from stratus.model.order import StepTiming
from stratus.model.states import State
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of an instance's history."""

    at_s: float
    state: State
    cause: str
    steps: tuple[StepTiming, ...] = ()
    request: str = ""  # the id of the request that caused it; "": the cloud itself did, or a report


@dataclass(frozen=True)
class History:
    """Everything that happened to an instance, oldest first; at most HISTORY_LIMIT entries, the first ones kept."""

    entries: tuple[Entry, ...] = ()

    def then(self, entry: Entry) -> "History":
        """The history with one more entry; when it is full, the oldest but ten make room."""
        entries = (*self.entries, entry)
        if len(entries) > HISTORY_LIMIT:
            entries = entries[:10] + entries[11:]
        return History(entries)


HISTORY_LIMIT = 200


@dataclass(frozen=True)
class LogView:
    """The history of an instance, or its console's text."""

    instance: Instance
    entries: tuple[Entry, ...] = ()
    console: str = ""
