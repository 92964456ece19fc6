"""stratus node enable: a node takes new instances again."""

import click

from stratus.commands.looks import result_options
from stratus.commands.node.changing import change
from stratus.commands.node.listing import NODES
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ChangeNodeRequest


@click.command("enable")
@click.argument("node")
@plan_option
@result_options(NODES)
@pass_session
def command(session: Session, node: str, plan: bool, look: Look) -> None:
    """Let new instances go to a node again.

    \b
    Example:
      stratus node enable node1
    """
    change(session, ChangeNodeRequest(node, enabled=True, plan=plan), look)
