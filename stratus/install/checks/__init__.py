"""The checks before an installation: each a pure function from what the machine is to a verdict, with the mend."""

from collections.abc import Callable

from stratus.install.checks import hardware, names, networks, programs
from stratus.install.checks.verdict import Verdict
from stratus.install.facts import Facts, Wish
from stratus.install.survey import Survey

Check = Callable[[Facts, Survey, Wish], Verdict]

CHECKS: dict[str, Check] = {
    "system": programs.system,
    "virtualisation": hardware.virtualisation,
    "kernel": hardware.kernel,
    "memory": hardware.memory,
    "space": hardware.space,
    "temporary": hardware.temporary,
    "clock": names.clock,
    "name": names.own_name,
    "ssh": programs.ssh,
    "gate": programs.gate,
    "security": programs.security,
    "guests": programs.guests,
    "ranges": networks.ranges,
    "firewall": networks.firewall,
    "bridge": networks.bridge,
}


def judge(facts: Facts, survey: Survey, wish: Wish) -> tuple[Verdict, ...]:
    """Every check's verdict, in their order."""
    return tuple(check(facts, survey, wish) for check in CHECKS.values())
