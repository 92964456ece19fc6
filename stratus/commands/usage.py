"""stratus usage: what is held of what may be held."""

from typing import TYPE_CHECKING

import click

from stratus import output
from stratus.commands.limits import shown
from stratus.commands.looks import listing_options
from stratus.commands.session import Session, pass_session
from stratus.errors import UsageError
from stratus.model.listing import Listing, Look
from stratus.model.quota import NAMES
from stratus.model.requests import UsageRequest

if TYPE_CHECKING:
    from stratus.model.user_views import UsageView

USAGES: "Listing[UsageView]" = Listing(
    {
        "name": lambda view: view.name,
        "kind": lambda view: view.kind,
        **{name: shown(name) for name in NAMES},
        "quota": lambda view: dict(view.quota.limits()),
        "held": lambda view: {name: view.held.of(name) for name in NAMES},
    },
    usual=("name", "kind", "instances", "cpu", "ram_mib", "disk_gib", "addresses"),
    name=lambda view: view.name,
    kept=("name", "kind", "instances"),
)


@click.command("usage")
@click.option("--user", "users", multiple=True, metavar="USER", help="Of this user; may be given more than once.")
@click.option("-a", "--all", "everybody", is_flag=True, help="Of everybody, for those who may see that.")
@listing_options(USAGES)
@pass_session
def command(session: Session, users: tuple[str, ...], everybody: bool, look: Look) -> None:
    """Show what you hold of what you may (held/limit), and what your groups hold together. CPU and RAM count while an
    instance is not off; instances, disk (swap and volatile) and addresses until it is ended.

    \b
    Examples:
      stratus usage
      stratus usage --user alice -o json
      stratus usage --all --sort -instances
    """
    if users and everybody:
        raise UsageError("--user and --all exclude each other", hint="stratus usage --all")
    rows = session.perform(UsageRequest(users, everybody))
    output.listing(USAGES, rows, look)
