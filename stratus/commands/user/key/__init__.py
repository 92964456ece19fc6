"""stratus user key: the keys with which a user comes in."""

import click

from stratus.commands.group import lazy

TABLE = {
    "add": ("stratus.commands.user.key.add", "let another key open the way"),
    "list": ("stratus.commands.user.key.listing", "show a user's keys"),
    "remove": ("stratus.commands.user.key.remove", "let a key open nothing any more"),
}


@click.group("key", cls=lazy("key", TABLE, ""))
def command() -> None:
    """Keys: each opens the way for one user, until it is removed.

    \b
    Examples:
      stratus user key add alice laptop.pub
      stratus user key list alice
    """
