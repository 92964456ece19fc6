"""The machine that is installed on, as an installation sees and changes it: this one, or one that is played."""

from collections.abc import Callable
from typing import Protocol

from stratus.install.deeds import Deed
from stratus.install.facts import Facts, Wish
from stratus.install.journal import Journal, Made
from stratus.install.survey import Survey
from stratus.model.values import dataclass

Say = Callable[[str], None]


@dataclass(frozen=True)
class Here:
    """Where the installer runs, and for whom."""

    host: str
    admin: str  # the cloud administrator: who installs
    admin_group: str
    python: str  # the one that runs us
    agent: str  # the program of that name, by its absolute path
    is_root: bool


class Ground(Protocol):
    """One machine. Whatever is asked of it may be asked again."""

    here: Here

    def monotonic(self) -> float:
        """Seconds by a clock that nobody sets."""
        ...

    def facts(self, wish: Wish, *, enrolled: Callable[[], bool]) -> Facts:
        """What is true of it now, for the steps; `enrolled` is asked as the cloud administrator."""
        ...

    def survey(self, wish: Wish) -> Survey:
        """What it is like, for the checks."""
        ...

    def journal(self, path: str) -> Journal:
        """What was made on it; an empty one if nothing was. Raises BadInput if it cannot be understood."""
        ...

    def keep(self, journal: Journal | None, path: str) -> None:
        """Have this for its journal, or none. Where its folder has to be made, that is entered first."""
        ...

    def makes(self, deed: Deed) -> tuple[Made, ...]:
        """What the deed makes that is not there yet; asked before it is done."""
        ...

    def do(self, deed: Deed, wish: Wish, *, enroll: Callable[[], None]) -> None:
        """Carry one deed out; `enroll` is called as the cloud administrator. Raises CommandFailed, DeadlineExceeded."""
        ...

    def undo(self, entry: Made, state_dir: str, say: Say) -> None:
        """Take away what an entry of the journal tells of. Raises CommandFailed, DeadlineExceeded."""
        ...

    def confirm(self) -> None:
        """Keep the change of the network that waits. Raises Conflict if there is none, DeadlineExceeded if too late."""
        ...
