"""stratus user: who may come in, as what, with which keys, and how much they may hold."""

import click

from stratus.commands.group import lazy

TABLE = {
    "add": ("stratus.commands.user.add", "let somebody in"),
    "list": ("stratus.commands.user.listing", "show users"),
    "show": ("stratus.commands.user.show", "show everything about users"),
    "key": ("stratus.commands.user.key", "the keys with which a user comes in"),
    "role": ("stratus.commands.user.role", "say what a user may do to what is not theirs"),
    "quota": ("stratus.commands.user.quota", "say how much a user may hold"),
    "group": ("stratus.commands.user.group", "put a user into groups, and take them out"),
    "password": ("stratus.commands.user.password", "set the password for what speaks HTTP"),
    "certificate": ("stratus.commands.user.certificate", "let the holder of a certificate in over HTTP"),
    "disable": ("stratus.commands.user.disable", "let a user in no more; what is theirs stays"),
    "enable": ("stratus.commands.user.enable", "let a user in again"),
    "remove": ("stratus.commands.user.remove", "forget a user who has nothing left"),
}


@click.group("user", cls=lazy("user", TABLE, ""))
def command() -> None:
    """Users: those who come in from elsewhere. Whoever opens the ledger on the front end administers the cloud.

    \b
    Examples:
      stratus user add alice --key alice.pub
      stratus user quota alice --instances 10
      stratus --as alice run tiny
    """
