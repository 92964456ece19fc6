"""stratus node enable: a node takes new instances again."""

from stratus.commands.node.changing import change
from stratus.model.requests import ChangeNodeRequest


@change("enable")
def command(node: str, plan: bool) -> ChangeNodeRequest:
    """Let new instances go to a node again.

    \b
    Example:
      stratus node enable node1
    """
    return ChangeNodeRequest(node, enabled=True, plan=plan)
