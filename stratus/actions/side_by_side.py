"""Doing the same for several nodes at once, so that a sick one delays no other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait

from stratus.model.node import Node


def side_by_side(
    nodes: Sequence[Node], deed: Callable[[Node], bool], *, within_s: float | None
) -> tuple[int, list[Node]]:
    """With how many nodes it went well, and those that were not done after `within_s` (None: all are waited for): what
    goes on with these ends by itself, and its result is dropped. Raises what the deed raises."""
    if within_s is None and len(nodes) == 1:
        return int(deed(nodes[0])), []
    futures: dict[Future[bool], Node] = {Future(): node for node in nodes}
    for future, node in futures.items():
        threading.Thread(target=_fulfil, args=(future, deed, node), name=f"visit-{node.name}", daemon=True).start()
    done, late = wait(futures, timeout=within_s)
    return sum(future.result() for future in done), [futures[future] for future in late]


def _fulfil(future: Future[bool], deed: Callable[[Node], bool], node: Node) -> None:
    try:
        future.set_result(deed(node))
    except BaseException as error:  # it belongs to whoever waits
        future.set_exception(error)
