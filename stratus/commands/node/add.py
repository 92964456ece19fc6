"""stratus node add: make another machine a node, or renew the program on one."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.listing import NODES
from stratus.commands.node.meeting import logged_in, login_of, login_options, trusted, wish_for
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, NodeUnreachable, UsageError
from stratus.install.checks.verdict import FAILED, OK, Verdict
from stratus.install.errand import Brought, Errand
from stratus.model.listing import Look
from stratus.model.node import HostKey, Login
from stratus.model.paths import SENT_AGENT
from stratus.model.placement.traits import check
from stratus.model.requests import ChangeNodeRequest, EnrolRequest, ListNodesRequest


@click.command("add")
@click.argument("host")
@click.option("--name", default="", help="What the node is called; unless told, HOST.")
@click.option("--port", type=click.IntRange(1, 65535), default=22, help="Of its SSH server; 22 unless told.")
@login_options
@click.option("--host-key", "said", default="", metavar="SHA256:...", help="The fingerprint of its host key.")
@click.option("--accept-new", is_flag=True, help="Trust the host key that it shows, if none is known yet.")
@click.option("--zone", help="Where it stands: region/zone/pod/cluster, or a beginning of that.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="What it is like; may be given again.")
@click.option("--force", is_flag=True, help="Go on even where a check failed.")
@plan_option
@result_options(NODES)
@pass_session
def command(
    session: Session,
    host: str,
    name: str,
    port: int,
    user: str,
    key_file: str,
    ask_password: bool,
    said: str,
    accept_new: bool,
    zone: str | None,
    labels: tuple[str, ...],
    force: bool,
    plan: bool,
    look: Look,
) -> None:
    """Make another machine a node of this cloud. It needs an SSH server and Python 3.11, and nothing else.

    Its host key is shown, asked about and kept. It is checked as `stratus install` checks, and installed by the same
    steps, with this very program and the packages of its distribution. At the end the front end's key opens the agent
    there, and nothing else. Added again, it is brought to this release; an interrupted installation goes on.

    \b
    Examples:
      stratus node add n2.example.org --plan
      stratus node add n2.example.org
      stratus node add 10.0.0.12 --name n2 --user admin --ask-password
      stratus node add n2 --host-key SHA256:q0xJx0hq1Xr2pcbUHkGTVbNYHlZbVMOFxzc4Ktm3rSw
    """
    login = login_of(host, port, user, key_file, ask_password)
    node = name or host.lower()
    traits = ChangeNodeRequest(node, zone=zone, labels=tuple(map(_label, labels)))
    check(traits)
    _check_free(session, node, login)
    key = trusted(session, node, login, said, accept_new or plan)
    brought = _send(session, node, login, key, "plan" if plan else "install", force=force)
    if plan:
        _show_plan(brought, node, login, key, look)
        return
    session.cloud.machines.pin(node, key)
    _enroll(session, node, login)
    output.listing(NODES, (session.perform(traits).node,), look)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r} is not KEY=VALUE", hint=f"--label {text}=yes")
    return key, value


def _check_free(session: Session, node: str, login: Login) -> None:
    """Raise Conflict when the name, or the machine, is another node's."""
    for known in session.perform(ListNodesRequest()):
        there = (known.reach.host, known.reach.port)
        same = there == (login.host, login.port)
        if known.name == node and not (known.is_away and same):
            where = f"{there[0]}, port {there[1]}" if known.is_away else "the front end's own machine"
            raise Conflict(f"a node called {node} is there already: {where}", hint="give another one with --name")
        if known.name != node and same and known.is_away:
            raise Conflict(f"{login.host} is a node already, and called {known.name}", hint="stratus node list")


def _send(session: Session, node: str, login: Login, key: HostKey, verb: str, *, force: bool) -> Brought:
    """Raises Conflict when the machine is not fit for it."""
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


def _enroll(session: Session, node: str, login: Login) -> None:
    from stratus.actions.node import enroll

    try:
        enroll(session.cloud, EnrolRequest(node, login.host, login.port, agent=(SENT_AGENT,), is_away=True))
    except NodeUnreachable as error:
        again = f"{login.host} is installed, but no node yet; `stratus node add {login.host}` goes on with that"
        raise NodeUnreachable(
            f"{error.message}\n{again}",
            hint="its sshd must let root in by key: PermitRootLogin prohibit-password; " + error.hint,
        ) from error


def _show_plan(brought: Brought, node: str, login: Login, key: HostKey, look: Look) -> None:
    here = (
        ("the node's host key, pinned", (f"{node} {key.type} {key.base64}",)),
        ("the node in the ledger", (f"{node}: root@{login.host}, port {login.port}",)),
    )
    there = ((node, each.title, each.deeds) for each in brought.steps)
    steps = [*there, *(("here", title, deeds) for title, deeds in here)]
    data = [{"where": where, "title": title, "deeds": list(deeds)} for where, title, deeds in steps]
    verdicts = [asdict(each) for each in brought.verdicts]
    output.value({"node": node, "checks": verdicts, "steps": data}, look.format, lambda: _say_plan(steps))


def _say_plan(steps: Sequence[tuple[str, str, Sequence[str]]]) -> None:
    for number, (where, title, deeds) in enumerate(steps, start=1):
        output.show(f"[{number}/{len(steps)}] {where}: {title}:{'' if deeds else ' nothing to do'}")
        for line in deeds:
            output.show(f"    {output.clean(line)}")
