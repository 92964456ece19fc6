"""Findings: what is wrong, where, and the mend: exactly what `--fix` would do, or what an administrator has to do."""

from enum import StrEnum

from stratus.model.doctor.corrections import Correction
from stratus.model.states import State
from stratus.model.steps import Step
from stratus.model.values import dataclass


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"  # somebody is harmed, or will be at the next occasion
    WARNING = "warning"  # nobody is harmed yet
    REMARK = "remark"  # not ours, or as it may be; never changed


@dataclass(frozen=True)
class Mend:
    """What puts one finding right: an order for one node, corrections of the ledger, or words for an administrator.

    With `instance`, it is done only while that one's document is at `revision`."""

    node: str = ""
    instance: int = 0
    revision: int = 0
    goal: State | None = None  # where the order leads a living instance; None: it is about none
    steps: tuple[Step, ...] = ()
    corrections: tuple[Correction, ...] = ()
    look: bool = False  # deliver, bring reports in and sweep the node: the usual rules do the rest
    close_key: bool = False  # the front end's private key becomes readable by its owner only
    command: str = ""  # what the program does not do by itself

    @property
    def automatic(self) -> bool:
        """Whether `--fix` does it."""
        return bool(self.steps or self.corrections or self.look or self.close_key)


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be."""

    code: str  # what docs/operations.md lists
    severity: Severity
    node: str  # "" for the front end and the ledger
    what: str
    mend: Mend = Mend()


@dataclass(frozen=True)
class Mended:
    """A mend that was tried, and how it ended."""

    finding: Finding
    trouble: str = ""  # "" when it was done


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor answers with. After a fix, `findings` is what is still there."""

    nodes: int
    instances: int
    findings: tuple[Finding, ...] = ()
    mended: tuple[Mended, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong; remarks do not count."""
        return all(finding.severity is Severity.REMARK for finding in self.findings)
