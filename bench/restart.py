"""The row about a dispatcher that starts over a long queue: how long until the first order is at its node.

As a program, it is that dispatcher: `python -m bench.restart` opens the front end that the environment names, and ends
when a node has been handed an order. The nodes are played, and take whatever they are given."""

import os
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import ledgers
from bench.command_line import silently
from bench.measure import Pairs, in_turn
from bench.row import PYTHON, ROOT, Effort, Row
from stratus.actions import records
from stratus.actions.resident import resident
from stratus.cloud import Links, open_cloud
from stratus.config.sources import Sources
from stratus.drivers.ledger.protocol import Put
from stratus.model.order import Dispatched, Order
from tests.model import samples

NODES, QUEUED, ARCHIVED = 20, 10_000, 100_000


def _restart(effort: Effort) -> Pairs:
    kept = {"empty": _front_end(effort.folder / "empty-kept", NODES, 0)}  # one order for each node
    kept["full"] = _front_end(effort.folder / "full-kept", QUEUED, ARCHIVED)
    folders = {which: effort.folder / which for which in kept}

    def tidy() -> None:
        for which, folder in folders.items():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(kept[which], folder)

    tidy()
    words = ("/usr/bin/env", f"PYTHONPATH={ROOT}", PYTHON, "-P", "-m", "bench.restart")
    full, empty = (silently(words, ledgers.environ(folders[which])) for which in ("full", "empty"))
    return in_turn(full, empty, effort.rounds(15), tidy=tidy)


ROWS = (Row("restart", "10,000 orders queued, 100,000 archived", "a start with 20 orders", 2, _restart),)


def _front_end(state_dir: Path, queued: int, archived: int) -> Path:
    ledger = ledgers.ledger_of(ledgers.furnish(state_dir, nodes=NODES))
    ledgers.save(ledger, _queue(queued))
    ledgers.save(ledger, (ledgers.archived_order(number) for number in range(1, archived + 1)))
    ledger.close()
    return state_dir


def _queue(count: int) -> Iterator[Put]:
    steps = samples.order().steps
    for number in range(10**6, 10**6 + count):
        order = Order(f"{number:012d}-{number}", number, 1, 1, "run", steps)
        yield records.put_order(Dispatched(order, f"node{number % NODES}", "waiting", 1000.0))


class _Node:
    """The channel to a node that takes every order and reports nothing."""

    def call(self, method: str, params: dict[str, Any], *, timeout_s: float = 30.0) -> dict[str, Any]:
        if method == "submit":
            os._exit(0)
        if method == "collect":
            threading.Event().wait(timeout_s)
        return {"epoch": 1, "reports": [], "domains": {}, "ailments": [], "boot": "b"}

    def attach(self, argv: Sequence[str]) -> int:
        return 0

    def close(self) -> None:
        pass


def main() -> int:
    """Dispatch until the first order has been handed over; 1 if there was none."""
    cloud = open_cloud(Sources(os.environ).load())
    resident(replace(cloud, links=Links(lambda node: _Node())), threading.Event())
    return 1


if __name__ == "__main__":
    sys.exit(main())
