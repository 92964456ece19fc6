"""stratus node: the machines of this cloud."""

import click

from stratus.commands.group import lazy

TABLE = {"list": ("stratus.commands.node.listing", "show the nodes, what they have and what is promised")}


@click.group("node", cls=lazy("node", TABLE, ""))
def command() -> None:
    """Nodes: the machines that run instances."""
