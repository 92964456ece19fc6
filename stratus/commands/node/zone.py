"""stratus node zone: where a node stands."""

import click

from stratus.commands.looks import result_options
from stratus.commands.node.changing import change
from stratus.commands.node.listing import NODES
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.model.listing import Look
from stratus.model.requests import ChangeNodeRequest


@click.command("zone")
@click.argument("node")
@click.argument("path")
@plan_option
@result_options(NODES)
@pass_session
def command(session: Session, node: str, path: str, plan: bool, look: Look) -> None:
    """Say where a node stands: region/zone/pod/cluster, or a beginning of that; '' is nowhere in particular.

    What users ask for with `run --zone` may be any beginning of it.

    \b
    Examples:
      stratus node zone node1 eu/paris/pod1/rack3
      stratus run tiny --zone eu/paris
    """
    change(session, ChangeNodeRequest(node, zone=path, plan=plan), look)
