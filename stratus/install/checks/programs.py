"""Checks of what runs here: SSH, Python's modules, guests of somebody else, SELinux and AppArmor."""

import re

from stratus.errors import StratusError
from stratus.install.checks.verdict import Verdict, failed, ok, warning
from stratus.install.facts import Facts, Wish
from stratus.install.steps.gate import account_problem, port_problem
from stratus.install.steps.packages import wanted
from stratus.install.steps.sshd import configuration, port_of
from stratus.install.survey import Survey

_OURS = re.compile(r"one-\d+")
_SHOWN = 5


def system(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Whether the distribution's packages are known, and the modules of Python are there."""
    if survey.missing_modules:
        what = f"Python lacks {', '.join(survey.missing_modules)}"
        return failed("system", what, "bin/bootstrap, or: pip install 'stratus-cloud[node]'")
    try:
        missing = [name for name in wanted(facts, wish) if name not in facts.installed]
    except StratusError as error:
        return failed("system", error.message, error.hint)
    coming = f"{len(missing)} packages will be installed" if missing else "all packages are there"
    return ok("system", f"{facts.distribution}, {coming}")


def ssh(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """The node's own sshd: its program, and a port that is free for it."""
    if not wish.node or wish.node_link != "ssh":
        return ok("ssh", "no sshd of the node's own is needed")
    try:
        port = port_of(configuration(facts, wish))
    except StratusError as error:
        return failed("ssh", error.message, error.hint)
    there = "is there" if "sshd" in survey.programs else "comes with the packages"
    own = "; the machine's own, on port 22, is not touched" if 22 in facts.ports else ""
    return ok("ssh", f"sshd {there}; the node's listens on 127.0.0.1, port {port}{own}")


def gate(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """The gate for users: its account, and its port."""
    if not (wish.frontend and wish.gate):
        return ok("gate", "users from elsewhere are not let in; `stratus install --gate` does so")
    if problem := account_problem(facts, wish):
        return failed("gate", problem, "stratus config gate_account NAME")
    if problem := port_problem(facts, wish):
        return failed("gate", problem, f"ss -ltnp 'sport = {wish.gate_port}', or: stratus config gate_port PORT")
    where = f"{wish.gate_address or '0.0.0.0'}, port {wish.gate_port}"
    return ok("gate", f"users come in as {wish.gate_account} at {where}")


def guests(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Guests of somebody else share this machine's memory, which nobody keeps count of."""
    foreign = [guest for guest in survey.guests if not _OURS.fullmatch(guest)]
    if not wish.node or not foreign:
        return ok("guests", "no guests of somebody else")
    names = ", ".join(foreign[:_SHOWN]) + (", ..." if len(foreign) > _SHOWN else "")
    says = f"libvirt has {len(foreign)} of somebody else ({names}); they are left alone, and not counted"
    return warning("guests", says, "stratus config ram_ratio 0.5 leaves half of the memory to them")


def security(facts: Facts, survey: Survey, wish: Wish) -> Verdict:
    """Rules of SELinux and AppArmor that touch what a node does."""
    if survey.security == "selinux" and wish.node and wish.node_link == "ssh":
        port = port_of(configuration(facts, wish))
        says = f"SELinux is enforcing: sshd may not listen on port {port} before it is told"
        return warning("security", says, f"semanage port -a -t ssh_port_t -p tcp {port}")
    if survey.security == "apparmor":
        return ok("security", "AppArmor is in force; libvirt writes a profile for each instance")
    return ok("security", f"{survey.security or 'neither SELinux nor AppArmor'} is in force")
