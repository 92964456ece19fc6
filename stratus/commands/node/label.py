"""stratus node label: what a node is like."""

from collections.abc import Sequence

import click

from stratus.commands.node.changing import change
from stratus.errors import UsageError
from stratus.model.requests import ChangeNodeRequest


@change("label")
@click.argument("labels", nargs=-1, required=True, metavar="KEY=VALUE|KEY-...")
def command(node: str, labels: tuple[str, ...], plan: bool) -> ChangeNodeRequest:
    """Say what a node is like: KEY=VALUE sets a label, KEY- takes it away. `run --requirements` asks for them.

    \b
    Examples:
      stratus node label node1 gpu=yes disk=ssd
      stratus node label node1 gpu-
    """
    new, gone = _read(labels)
    return ChangeNodeRequest(node, labels=new, without=gone, plan=plan)


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
