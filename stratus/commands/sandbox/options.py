"""Options that the commands about sandboxes share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

MOST_NODES = 10_000


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
