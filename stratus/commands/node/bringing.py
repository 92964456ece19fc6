"""What adding and updating a node share: the program is sent and installed, the agent is asked, the plan is shown."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from stratus import output
from stratus.commands.node.meeting import logged_in, wish_for
from stratus.commands.session import Session
from stratus.errors import Conflict, NodeUnreachable
from stratus.install.checks.verdict import FAILED, OK, Verdict
from stratus.install.errand import Brought, Errand
from stratus.model.node import HostKey, Login
from stratus.model.paths import SENT_AGENT
from stratus.model.requests import EnrolRequest


def bring(session: Session, node: str, login: Login, key: HostKey, verb: str, *, force: bool) -> Brought:
    """Do an errand there, `install` or `plan`, with this very program. Raises Conflict when the machine is not fit."""
    from stratus.install.bundle import pack
    from stratus.install.sending import send

    bundle = pack()
    errand = Errand(verb, wish_for(session, node, bundle.release), force=force)
    with logged_in(session, login, key) as shell:
        brought = send(shell, bundle, errand, is_root=login.user == "root", say=lambda line: _say(session, node, line))
    _judge(session, node, brought.verdicts, force=force or verb == "plan")
    return brought


def _say(session: Session, node: str, line: str) -> None:
    session.note(f"{node}: {output.clean(line)}")


def _judge(session: Session, node: str, verdicts: Sequence[Verdict], *, force: bool) -> None:
    for each in verdicts:
        if each.verdict != OK:
            session.warn(f"{node}: {each.verdict}: {each.name}: {output.clean(each.says)}")
            session.warn(f"  try: {output.clean(each.mend)}")
    bad = [each for each in verdicts if each.verdict == FAILED]
    if bad and not force:
        says = "\n".join(f"{each.name}: {output.clean(each.says)}" for each in bad)
        raise Conflict(f"{node} is not fit for it yet; nothing was changed there\n{says}", hint=bad[0].mend)


def enrol(session: Session, node: str, login: Login, *, role: str = "") -> None:
    """Ask the agent there, and keep the node with what it says. Raises NodeUnreachable, Conflict."""

    try:
        session.perform(EnrolRequest(node, login.host, login.port, agent=(SENT_AGENT,), is_away=True, role=role))
    except NodeUnreachable as error:
        again = f"{login.host} is installed, but no node yet; `stratus node add {login.host}` goes on with that"
        raise NodeUnreachable(
            f"{error.message}\n{again}",
            hint="its sshd must let root in by key: PermitRootLogin prohibit-password; " + error.hint,
        ) from error


def planned(brought: Brought, node: str, login: Login, key: HostKey) -> dict[str, Any]:
    """What would be done there and here, for `-o json`."""
    here = (
        ("the node's host key, pinned", (f"{node} {key.type} {key.base64}",)),
        ("the node in the ledger", (f"{node}: root@{login.host}, port {login.port}",)),
    )
    there = ((node, each.title, each.deeds) for each in brought.steps)
    steps = [*there, *(("here", title, deeds) for title, deeds in here)]
    data = [{"where": where, "title": title, "deeds": list(deeds)} for where, title, deeds in steps]
    return {"node": node, "checks": [asdict(each) for each in brought.verdicts], "steps": data}


def say_plan(plan: dict[str, Any]) -> None:
    """The same for people."""
    steps = plan["steps"]
    for number, step in enumerate(steps, start=1):
        nothing = "" if step["deeds"] else " nothing to do"
        output.show(f"[{number}/{len(steps)}] {step['where']}: {step['title']}:{nothing}")
        for line in step["deeds"]:
            output.show(f"    {output.clean(line)}")
