"""stratus node rename: another name for a node."""

import click

from stratus import output
from stratus.commands.looks import result_options
from stratus.commands.node.listing import NODES
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import RenameNodeRequest


@click.command("rename")
@click.argument("node")
@click.argument("to", metavar="NAME")
@plan_option
@result_options(NODES)
@pass_session
def command(session: Session, node: str, to: str, plan: bool, look: Look) -> None:
    """Give a node another name. Its instances stay as they are, and nothing changes on the machine itself.

    Refused while orders for it are under way.

    \b
    Example:
      stratus node rename 10.0.0.12 n2
    """
    done = session.perform(RenameNodeRequest(node, to, plan))
    if done.plans:
        output.plans(done.plans, look.document)
    else:
        output.listing(NODES, (done.node,), look)
