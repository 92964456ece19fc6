"""stratus node update: bring the program on nodes to this release."""

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.bringing import bring, enrol, planned, say_plan
from stratus.commands.node.listing import NODES
from stratus.commands.node.meeting import login_of, login_options, named, trusted
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, UsageError
from stratus.model.listing import Look
from stratus.model.node import Node


@click.command("update")
@click.argument("names", metavar="NODE...", nargs=-1, required=True)
@click.option("--force", is_flag=True, help="Go on even where a check failed.")
@login_options
@plan_option
@result_options(NODES)
@pass_session
def command(
    session: Session,
    names: tuple[str, ...],
    force: bool,
    user: str,
    key_file: str,
    ask_password: bool,
    plan: bool,
    look: Look,
) -> None:
    """Bring the program on nodes to this front end's release, one after another, by the steps of `stratus node add`.

    Instances go on running, and orders in hand are carried out by the agent that has them. It stops at the first node
    where that fails; what is done there is not done again. A front end and agents whose releases follow each other work
    together, so that nodes may be updated when it suits them.

    \b
    Examples:
      stratus node list --columns name,version
      stratus node update n2 --plan
      stratus node update n2 n3 --user admin
    """
    nodes = named(session, tuple(dict.fromkeys(names)))
    for node in nodes:
        if not node.is_away:
            raise Conflict(f"{node.name} is the front end's own machine", hint="stratus install")
    if ask_password and len(nodes) > 1:
        raise UsageError("a password is asked for on one node at a time", hint=f"stratus node update {nodes[0].name}")
    plans = [_updated(session, node, user, key_file, ask_password, force=force, plan=plan) for node in nodes]
    if plan:
        output.value(plans, look.format, lambda: _say(plans))
    else:
        output.listing(NODES, named(session, [node.name for node in nodes]), look)


def _updated(
    session: Session, node: Node, user: str, key_file: str, ask_password: bool, *, force: bool, plan: bool
) -> dict[str, object]:
    """What was done there, or with `plan` would be."""
    login = login_of(node.reach.host, node.reach.port, user, key_file, ask_password)
    key = trusted(session, node.name, login, "", accept_new=False)
    brought = bring(session, node.name, login, key, "plan" if plan else "install", force=force)
    if not plan:
        session.cloud.machines.pin(node.name, key)
        enrol(session, node.name, login)
    return planned(brought, node.name, login, key)


def _say(plans: list[dict[str, object]]) -> None:
    for each in plans:
        say_plan(each)
