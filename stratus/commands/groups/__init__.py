"""stratus group: users who share a quota."""

import click

from stratus.commands.group import lazy

TABLE = {
    "add": ("stratus.commands.groups.add", "make a group of users"),
    "list": ("stratus.commands.groups.listing", "show the groups, and what they hold"),
    "quota": ("stratus.commands.groups.quota", "say how much a group's members may hold together"),
    "remove": ("stratus.commands.groups.remove", "forget a group; its members stay"),
}


@click.group("group", cls=lazy("group", TABLE, ""))
def command() -> None:
    """Groups of users: what their members hold counts together, besides each one's own quota.

    \b
    Examples:
      stratus group add lab --cpu 64
      stratus user group alice --join lab
    """
