"""Asking a node's agent. That no answer comes in time is an answer too: the node does not answer."""

from typing import Any

from stratus.cloud import Cloud
from stratus.errors import DeadlineExceeded, NodeUnreachable
from stratus.model.node import Node


def ask(cloud: Cloud, node: Node, method: str, params: dict[str, Any], *, timeout_s: float) -> dict[str, Any]:
    """The agent's answer. Raises NodeUnreachable, also when it takes too long; or the agent's own error."""
    try:
        return cloud.links.to(node).call(method, params, timeout_s=timeout_s)
    except DeadlineExceeded as late:
        raise NodeUnreachable(late.message, hint=f"is {node.name} overloaded? look at its console") from late
