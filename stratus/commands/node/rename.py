"""stratus node rename: another name for a node."""

import click

from stratus.commands.node.changing import change
from stratus.model.requests import RenameNodeRequest


@change("rename")
@click.argument("to", metavar="NAME")
def command(node: str, to: str, plan: bool) -> RenameNodeRequest:
    """Give a node another name. Its instances stay as they are, and nothing changes on the machine itself.

    Refused while orders for it are under way.

    \b
    Example:
      stratus node rename 10.0.0.12 n2
    """
    return RenameNodeRequest(node, to, plan)
