"""stratus node reserve: room on a node that is kept for somebody."""

from datetime import UTC, datetime

import click

from stratus.commands.node.changing import change
from stratus.errors import UsageError
from stratus.model.node import Reservation
from stratus.model.requests import ChangeNodeRequest


@change("reserve")
@click.option("--for", "owner", required=True, metavar="USER", help="Whose instances may have it.")
@click.option("--cpu", type=click.IntRange(0), default=0, help="So many of the CPUs that may be promised.")
@click.option("--ram", type=click.IntRange(0), default=0, metavar="MIB", help="So much RAM.")
@click.option("--disk", type=click.IntRange(0), default=0, metavar="MIB", help="So much disk.")
@click.option("--until", default="", metavar="DATE", help="The first day, or moment (ISO 8601, UTC), that it is free.")
@click.option("--remove", is_flag=True, help="Take the user's reservation back.")
def command(
    node: str,
    owner: str,
    cpu: int,
    ram: int,
    disk: int,
    until: str,
    remove: bool,
    plan: bool,
) -> ChangeNodeRequest:
    """Keep room on a node for a user. What their instances take there already counts; others find the rest taken.

    Nobody is moved: where less is free now, what is freed next is kept.

    \b
    Examples:
      stratus node reserve node1 --for alice --cpu 4 --ram 8192 --until 2027-01-31
      stratus node reserve node1 --for alice --remove
    """
    if remove == bool(cpu or ram or disk):
        raise UsageError("say what is reserved, or --remove", hint="--cpu 4 --ram 8192")
    kept = None if remove else Reservation(owner, cpu, ram, disk, _moment(until))
    return ChangeNodeRequest(node, reserve=kept, free=owner if remove else "", plan=plan)


def _moment(text: str) -> float:
    """The moment that a text names; 0 without any."""
    if not text:
        return 0.0
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text[:80]!r} is no date", hint="2027-01-31, or 2027-01-31T18:00") from error
