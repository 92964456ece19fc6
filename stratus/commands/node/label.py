"""stratus node label: what a node is like."""

from collections.abc import Sequence

import click

from stratus.commands.looks import result_options
from stratus.commands.node.changing import change
from stratus.commands.node.listing import NODES
from stratus.commands.options import plan_option
from stratus.commands.session import Session, pass_session
from stratus.errors import UsageError
from stratus.model.listing import Look
from stratus.model.requests import ChangeNodeRequest


@click.command("label")
@click.argument("node")
@click.argument("labels", nargs=-1, required=True, metavar="KEY=VALUE|KEY-...")
@plan_option
@result_options(NODES)
@pass_session
def command(session: Session, node: str, labels: tuple[str, ...], plan: bool, look: Look) -> None:
    """Say what a node is like: KEY=VALUE sets a label, KEY- takes it away. `run --requirements` asks for them.

    \b
    Examples:
      stratus node label node1 gpu=yes disk=ssd
      stratus node label node1 gpu-
    """
    new, gone = _read(labels)
    change(session, ChangeNodeRequest(node, labels=new, without=gone, plan=plan), look)


def _read(words: Sequence[str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The labels that are set, and the names of those that go."""
    new, gone = [], []
    for word in words:
        key, equals, value = word.partition("=")
        if equals:
            new.append((key, value))
        elif word.endswith("-"):
            gone.append(word[:-1])
        else:
            raise UsageError(f"{word!r} is neither KEY=VALUE nor KEY-", hint=f"{word}=yes sets it, {word}- removes it")
    return tuple(new), tuple(gone)
