"""stratus node add: make another machine a node."""

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.bringing import bring, enrol, planned, say_plan
from stratus.commands.node.listing import NODES
from stratus.commands.node.meeting import login_of, login_options, trusted
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, UsageError
from stratus.model.listing import Look
from stratus.model.node import ROLES, Login
from stratus.model.placement.traits import check
from stratus.model.requests import ChangeNodeRequest, ListNodesRequest


@click.command("add")
@click.argument("host")
@click.option("--name", default="", help="What the node is called; unless told, HOST.")
@click.option("--port", type=click.IntRange(1, 65535), default=22, help="Of its SSH server; 22 unless told.")
@login_options
@click.option("--host-key", "said", default="", metavar="SHA256:...", help="The fingerprint of its host key.")
@click.option("--accept-new", is_flag=True, help="Trust the host key that it shows, if none is known yet.")
@click.option("--zone", help="Where it stands: region/zone/pod/cluster, or a beginning of that.")
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="What it is like; may be given again.")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    help="What it is for; compute unless told, and as before when it is added again. A storage node runs no instances.",
)
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
    role: str | None,
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
      stratus node add store1.example.org --role storage
      stratus node add n2 --host-key SHA256:q0xJx0hq1Xr2pcbUHkGTVbNYHlZbVMOFxzc4Ktm3rSw
    """
    login = login_of(host, port, user, key_file, ask_password)
    node = name or host.lower()
    traits = ChangeNodeRequest(node, zone=zone, labels=tuple(map(_label, labels)))
    check(traits)
    _check_free(session, node, login, role or "")
    key = trusted(session, node, login, said, accept_new or plan)
    brought = bring(session, node, login, key, "plan" if plan else "install", force=force)
    if plan:
        shown = planned(brought, node, login, key)
        output.value(shown, look.format, lambda: say_plan(shown))
        return
    session.cloud.machines.pin(node, key)
    enrol(session, node, login, role=role or "")
    output.listing(NODES, (session.perform(traits).node,), look)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r} is not KEY=VALUE", hint=f"--label {text}=yes")
    return key, value


def _check_free(session: Session, node: str, login: Login, role: str) -> None:
    """Raise Conflict when the name, or the machine, is another node's, or its instances do not go with the role."""
    from stratus.actions.node import check_role

    for known in session.perform(ListNodesRequest()):
        there = (known.reach.host, known.reach.port)
        same = there == (login.host, login.port)
        if known.name == node and not (known.is_away and same):
            where = f"{there[0]}, port {there[1]}" if known.is_away else "the front end's own machine"
            raise Conflict(f"a node called {node} is there already: {where}", hint="give another one with --name")
        if known.name == node:
            check_role(known, role)
        if known.name != node and same and known.is_away:
            raise Conflict(f"{login.host} is a node already, and called {known.name}", hint="stratus node list")
