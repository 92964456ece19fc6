"""Doing the same for several nodes at once, so that a sick one delays no other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import TypeVar

from stratus.model.node import Node

T = TypeVar("T")


def side_by_side(
    nodes: Sequence[Node], deed: Callable[[Node], T], *, within_s: float | None = None
) -> tuple[list[tuple[Node, T]], list[Node]]:
    """What the deed gave for each node, and those that were not done after `within_s` (None: all are waited for): what
    goes on with these ends by itself, and its result is dropped. Raises what the deed raises."""
    if within_s is None and len(nodes) == 1:
        return [(nodes[0], deed(nodes[0]))], []
    futures: dict[Future[T], Node] = {Future(): node for node in nodes}
    for future, node in futures.items():
        threading.Thread(target=_fulfil, args=(future, deed, node), name=f"visit-{node.name}", daemon=True).start()
    done, late = wait(futures, timeout=within_s)
    return (
        [(node, future.result()) for future, node in futures.items() if future in done],
        [node for future, node in futures.items() if future in late],
    )


def _fulfil(future: Future[T], deed: Callable[[Node], T], node: Node) -> None:
    try:
        future.set_result(deed(node))
    except BaseException as error:  # it belongs to whoever waits
        future.set_exception(error)
