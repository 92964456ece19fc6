"""What the installer is sent to another machine with, and what it brings back: JSON both ways."""

from stratus.install.apply import StepDone
from stratus.install.checks.verdict import Verdict
from stratus.install.facts import Wish
from stratus.install.uninstall import Undoing
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Errand:
    """What is to be done there. `verb`: plan, install, let-go (of the front end), plan-uninstall, uninstall."""

    verb: str
    wish: Wish
    force: bool = False  # go on even where a check failed
    packages: bool = False  # uninstalling: also the packages that came


@dataclass(frozen=True)
class Brought:
    """What became of it, or would; or why it did not: `code` of an error, with what it says."""

    verdicts: tuple[Verdict, ...] = ()
    steps: tuple[StepDone, ...] = ()
    undone: tuple[Undoing, ...] = ()
    code: str = ""
    message: str = ""
    hint: str = ""
