"""stratus node disable: a node takes nothing new."""

import click

from stratus.commands.looks import result_options
from stratus.commands.node.changing import change
from stratus.commands.node.listing import NODES
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ChangeNodeRequest


@click.command("disable")
@click.argument("node")
@plan_option
@result_options(NODES)
@pass_session
def command(session: Session, node: str, plan: bool, look: Look) -> None:
    """Let nothing new go to a node, for maintenance say. What runs there goes on; what is stopped there is not started.

    \b
    Example:
      stratus node disable node1
    """
    change(session, ChangeNodeRequest(node, enabled=False, plan=plan), look)
