"""Verdict: what one check says of this machine."""

from stratus.model.values import dataclass

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True)
class Verdict:
    """One check's answer; `mend` is what to type or change, empty where nothing needs to be."""

    name: str
    verdict: str  # ok | warning | failed
    says: str
    mend: str = ""


def ok(name: str, says: str) -> Verdict:
    """All is well."""
    return Verdict(name, OK, says)


def warning(name: str, says: str, mend: str) -> Verdict:
    """It works, but something will be missed."""
    return Verdict(name, WARNING, says, mend)


def failed(name: str, says: str, mend: str) -> Verdict:
    """It would not work."""
    return Verdict(name, FAILED, says, mend)
