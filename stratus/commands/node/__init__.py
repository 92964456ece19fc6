"""stratus node: the machines of this cloud."""

import click

from stratus.commands.group import lazy

TABLE = {
    "add": ("stratus.commands.node.add", "make another machine a node"),
    "update": ("stratus.commands.node.update", "bring the program on nodes to this release"),
    "list": ("stratus.commands.node.listing", "show the nodes, what they have and what is promised"),
    "enable": ("stratus.commands.node.enable", "let new instances go there again"),
    "disable": ("stratus.commands.node.disable", "let nothing new go there; what is there stays"),
    "drain": ("stratus.commands.node.drain", "let nothing new go there, and stop what runs there"),
    "show": ("stratus.commands.node.show", "show everything about nodes"),
    "run": ("stratus.commands.node.run", "run a command on nodes"),
    "rename": ("stratus.commands.node.rename", "give a node another name"),
    "zone": ("stratus.commands.node.zone", "say where a node stands"),
    "label": ("stratus.commands.node.label", "say what a node is like"),
    "reserve": ("stratus.commands.node.reserve", "keep room on a node for somebody"),
    "remove": ("stratus.commands.node.remove", "take a machine out of the cloud"),
}


@click.group("node", cls=lazy("node", TABLE, ""))
def command() -> None:
    """Nodes: the machines that run instances."""
