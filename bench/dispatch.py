"""The rows about one dispatcher with 200 nodes: how fast orders get out and reports in, and what a sick node costs.

The nodes are channels that do at once what they are told, so that what is measured is the front end: its ledger in a
file, its workers, its commits."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Pairs, alone, seconds
from bench.row import Effort, Row
from stratus.drivers.ledger.sqlite import SqliteLedger
from tests.actions.many_nodes import ManyNodes

NODES, SICK = 200, 5
_HANG = tuple(f"node{number}" for number in range(1, NODES + 1, NODES // SICK))


def _dispatch(effort: Effort) -> Pairs:
    """An order for each node, from the promise until all instances run."""
    ledgers = _ledgers(effort)
    return alone(tuple(NODES / _took(next(ledgers)) for _ in range(effort.rounds(9))), "1/s")


def _sick(effort: Effort) -> Pairs:
    """The same until those on the nodes that are well run, while some hang; against a cloud of which none does."""
    ledgers = _ledgers(effort)
    took = [(_took(next(ledgers), _HANG), _took(next(ledgers))) for _ in range(effort.rounds(9))]
    return Pairs(tuple(sick for sick, _ in took), tuple(well for _, well in took))


def _ledgers(effort: Effort) -> Iterator[Path]:
    """A new one each time."""
    return (effort.folder / f"{number}.sqlite" for number in itertools.count())


def _took(path: Path, hang: tuple[str, ...] = ()) -> float:
    many = ManyNodes(SqliteLedger(str(path)), NODES, hangs=hang)
    with many.dispatched():

        def run() -> None:
            many.run(NODES)
            many.await_states("running", NODES - len(hang))

        took = seconds(run)
    many.cloud.ledger.close()
    return took


ROWS = (
    Row("dispatch", f"orders carried out on {NODES} nodes", "-", 50, _dispatch, at_least=True, times=False),
    Row("dispatch-sick", f"the same while {SICK} of the nodes hang", "none hangs", 1.3, _sick),
)
