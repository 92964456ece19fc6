"""stratus node disable: a node takes nothing new."""

from stratus.commands.node.changing import change
from stratus.model.requests import ChangeNodeRequest


@change("disable")
def command(node: str, plan: bool) -> ChangeNodeRequest:
    """Let nothing new go to a node, for maintenance say. What runs there goes on; what is stopped there is not started.

    \b
    Example:
      stratus node disable node1
    """
    return ChangeNodeRequest(node, enabled=False, plan=plan)
