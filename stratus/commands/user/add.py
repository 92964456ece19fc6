"""stratus user add: let somebody in."""

from pathlib import Path

import click

from stratus.commands.limits import DEFAULT, quota_of, quota_options
from stratus.commands.told import read_key_files
from stratus.commands.user.changing import change
from stratus.commands.user.role import ROLES
from stratus.errors import UsageError
from stratus.model.requests import AddUserRequest
from stratus.model.role import Role


@change("add")
@click.option("-k", "--key", "keys", multiple=True, metavar="FILE", help="A public key; may be given more than once.")
@click.option("--role", type=click.Choice(ROLES), default="user", help="user, operator or admin; user unless told.")
@click.option("-g", "--group", "groups", multiple=True, metavar="GROUP", help="A group; may be given more than once.")
@quota_options
def command(
    user: str, keys: tuple[str, ...], role: str, groups: tuple[str, ...], plan: bool, **limits: int | str | None
) -> AddUserRequest:
    """Let somebody in who comes from elsewhere with an SSH key. A user sees and controls what is their own, an operator
    sees everything, an administrator (admin) controls everything.

    Where nothing is said of a limit, that of the site holds: default_quota_instances and its sisters.

    \b
    Examples:
      stratus user add alice --key alice.pub
      stratus user add bob -k bob.pub -g lab --instances 10 --ram 16384
      stratus user add eve --role operator --plan
    """
    quota, unsaid = quota_of(limits)
    if unsaid:
        raise UsageError(f"a new user has the site's {DEFAULT} where nothing is said", hint="leave the option out")
    return AddUserRequest(user, Role(role), groups, read_key_files([Path(key) for key in keys]), quota, plan)
