"""stratus node zone: where a node stands."""

import click

from stratus.commands.node.changing import change
from stratus.model.requests import ChangeNodeRequest


@change("zone")
@click.argument("path")
def command(node: str, path: str, plan: bool) -> ChangeNodeRequest:
    """Say where a node stands: region/zone/pod/cluster, or a beginning of that; '' is nowhere in particular.

    What users ask for with `run --zone` may be any beginning of it.

    \b
    Examples:
      stratus node zone node1 eu/paris/pod1/rack3
      stratus run tiny --zone eu/paris
    """
    return ChangeNodeRequest(node, zone=path, plan=plan)
