"""stratus node remove: take a machine out of the cloud."""

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.listing import NODES
from stratus.commands.node.meeting import logged_in, login_of, login_options, trusted, wish_for
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, NodeUnreachable
from stratus.install.errand import Errand
from stratus.model.listing import Look
from stratus.model.node import Login, Node
from stratus.model.requests import RemoveNodeRequest


@click.command("remove")
@click.argument("name", metavar="NODE")
@click.option("--uninstall", is_flag=True, help="Also take away there all that `node add` made.")
@click.option("--packages", is_flag=True, help="With --uninstall: also the packages that came with it.")
@click.option("--force", is_flag=True, help="Forget its instances, and do without a node that does not answer.")
@login_options
@plan_option
@result_options(NODES)
@pass_session
def command(
    session: Session,
    name: str,
    uninstall: bool,
    packages: bool,
    force: bool,
    user: str,
    key_file: str,
    ask_password: bool,
    plan: bool,
    look: Look,
) -> None:
    """Take a machine out of the cloud. Refused while instances are there.

    The front end's key is taken away on the machine first, with your own rights there. --uninstall takes everything
    else away too, so that its files are as they were before.

    \b
    Examples:
      stratus node remove n2 --plan
      stratus node remove n2 --uninstall
      stratus node remove n2 --force
    """
    verb = "uninstall" if uninstall else "let-go"
    node = session.perform(RemoveNodeRequest(name, force, close_only=True, plan=plan))
    if not node.is_away:
        raise Conflict(f"{name} is the front end's own machine", hint="stratus uninstall")
    if plan:
        _show_plan(node, verb, look)
        return
    login = login_of(node.reach.host, node.reach.port, user, key_file, ask_password)
    let_go = _leave(session, node, login, Errand(verb, wish_for(session, name, "-"), packages=packages), force=force)
    session.perform(RemoveNodeRequest(name, force, let_go=let_go))
    session.cloud.machines.unpin(name)
    output.listing(NODES, (node,), look)


def _leave(session: Session, node: Node, login: Login, errand: Errand, *, force: bool) -> bool:
    """Whether the machine was let go of. Raises NodeUnreachable unless it is to be done without."""
    from stratus.install.bundle import pack
    from stratus.install.sending import send

    try:
        key = trusted(session, node.name, login, "", accept_new=False)
        with logged_in(session, login, key) as shell:
            send(shell, pack(), errand, is_root=login.user == "root", say=lambda line: session.note(_line(node, line)))
    except NodeUnreachable as error:
        if not force:
            closed = f"{node.name} takes nothing new any more, but is still a node"
            raise NodeUnreachable(f"{error.message}\n{closed}", hint=f"{error.hint}; or --force") from error
        session.warn(f"{error.message}; the front end's key is still among root's on {login.host}")
        return False
    return True


def _line(node: Node, line: str) -> str:
    return f"{node.name}: {output.clean(line)}"


def _show_plan(node: Node, verb: str, look: Look) -> None:
    there = {
        "let-go": [
            "the line of the front end's key in root's authorized_keys",
            f"rm -f {node.state_dir}/node/hold.json",
        ],
        "uninstall": ["what stratus uninstall takes away, by the journal of its installation"],
    }
    data = [
        {"where": "here", "deeds": [f"{node.name} takes nothing new"]},
        {"where": node.name, "deeds": there[verb]},
        {"where": "here", "deeds": [f"{node.name} is taken out of the ledger", "its host key is not pinned any more"]},
    ]
    lines = "\n".join(f"{each['where']}: {'; '.join(each['deeds'])}" for each in data)
    output.value(data, look.format, lambda: output.show(lines))
