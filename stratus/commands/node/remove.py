"""stratus node remove: take a machine out of the cloud."""

from collections.abc import Sequence

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.listing import NODES
from stratus.commands.node.meeting import logged_in, login_of, login_options, trusted, wish_for
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import Conflict, NodeUnreachable
from stratus.install.errand import Brought, Errand
from stratus.model import sandbox
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
    node = session.perform(RemoveNodeRequest(name, force, close_only=True, plan=plan))
    if node.reach.way == sandbox.WAY:  # nothing of it is anywhere else
        if plan:
            _show_plan(node, (), look)
            return
        session.perform(RemoveNodeRequest(name, force))
        output.listing(NODES, (node,), look)
        return
    if not node.is_away:
        raise Conflict(f"{name} is the front end's own machine", hint="stratus uninstall")
    login = login_of(node.reach.host, node.reach.port, user, key_file, ask_password)
    wish = wish_for(session, name, "-")
    if plan:
        there = (
            _undone(session, node, login, Errand("plan-uninstall", wish, packages=packages)) if uninstall else _LET_GO
        )
        _show_plan(node, there, look)
        return
    errand = Errand("uninstall" if uninstall else "let-go", wish, packages=packages)
    _leave(session, node, login, errand, force=force)
    session.perform(RemoveNodeRequest(name, force))
    session.cloud.machines.unpin(name)
    output.listing(NODES, (node,), look)


_LET_GO = ("the front end's line leaves root's authorized_keys", "the mark of whose node it is goes")


def _leave(session: Session, node: Node, login: Login, errand: Errand, *, force: bool) -> None:
    """Let go of the machine. Raises NodeUnreachable unless it is to be done without."""
    try:
        _send(session, node, login, errand)
    except NodeUnreachable as error:
        if not force:
            closed = f"{node.name} takes nothing new any more, but is still a node"
            raise NodeUnreachable(f"{error.message}\n{closed}", hint=f"{error.hint}; or --force") from error
        session.warn(f"{error.message}; the front end's key is still among root's on {login.host}")


def _undone(session: Session, node: Node, login: Login, errand: Errand) -> tuple[str, ...]:
    """The command lines of what would be taken away there."""
    return tuple(line for each in _send(session, node, login, errand).undone for line in each.deeds)


def _send(session: Session, node: Node, login: Login, errand: Errand) -> Brought:
    from stratus.install.bundle import pack
    from stratus.install.sending import send

    def say(line: str) -> None:
        session.note(f"{node.name}: {output.clean(line)}")

    key = trusted(session, node.name, login, "", accept_new=False)
    with logged_in(session, login, key) as shell:
        return send(shell, pack(), errand, is_root=login.user == "root", say=say)


def _show_plan(node: Node, there: Sequence[str], look: Look) -> None:
    steps = (
        ("here", (f"{node.name} takes nothing new",)),
        (node.name, there),
        ("here", (f"{node.name} is taken out of the ledger", "its host key is not pinned any more")),
    )
    text = "\n".join(f"{where}: {output.clean(deed)}" for where, deeds in steps for deed in deeds)
    output.value(
        [{"where": where, "deeds": list(deeds)} for where, deeds in steps], look.format, lambda: output.show(text)
    )
