"""Options that the commands about sandboxes share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

MOST_NODES, MOST_USERS = 10_000, 1000


def dir_option(command: F) -> F:
    """--dir."""
    return click.option(
        "--dir", "folder", default="", metavar="FOLDER", help="Where it is; ~/.stratuslab/sandbox unless told."
    )(command)


def nodes_option(usual: str) -> Callable[[F], F]:
    """--nodes; None stands for what is usual."""
    return click.option(
        "--nodes",
        type=click.IntRange(1, MOST_NODES),
        metavar="N",
        help=f"How many nodes it has at least; {usual} unless told.",
    )


def users_option(command: F) -> F:
    """--users."""
    return click.option(
        "--users",
        default=0,
        type=click.IntRange(0, MOST_USERS),
        metavar="N",
        help="Have the users user1 to userN, with keys and quotas.",
    )(command)
