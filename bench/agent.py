"""The row about a node's real agent that starts over a long inbox: how long until its first report is there.

The orders have no steps: what they cost is the queue, the journal and the report."""

import json
import shutil
import signal
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.idle import AGENT, send
from bench.ledgers import usual
from bench.measure import Pairs, in_turn
from bench.row import Effort, Row
from stratus.drivers.queue.dirqueue import DirQueue
from stratus.model.codec import encode
from stratus.model.paths import NodePaths
from tests.model import samples

QUEUED = 10_000
DEADLINE_S = 120.0


def _restart(effort: Effort) -> Pairs:
    kept = {"one": _node(effort.folder / "one-kept", 1), "full": _node(effort.folder / "full-kept", QUEUED)}
    folders = {which: effort.folder / which for which in kept}

    def tidy() -> None:
        for which, folder in folders.items():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(kept[which], folder)

    tidy()
    full, one = (partial(_first_report, folders[which]) for which in ("full", "one"))
    return in_turn(full, one, effort.rounds(9), tidy=tidy)


ROWS = (
    Row("agent-restart", "a node's agent over 10,000 orders, first report", "the same over one order", 2, _restart),
)


def _node(state_dir: Path, queued: int) -> Path:
    """A node whose inbox has so many orders, each for an instance of its own."""
    inbox = DirQueue(f"{NodePaths(str(state_dir)).queues}/inbox", archive_keep=0, sync=lambda descriptor: None)
    for number in range(1, queued + 1):
        order = replace(samples.order("kill", number), id=f"{number:012d}-{number}", instance_id=number, steps=())
        inbox.put(json.dumps(encode(order)).encode())
    return state_dir


def _first_report(state_dir: Path) -> None:
    environ = {**usual(), "STRATUSLAB_STATE_DIR": str(state_dir)}
    agent = subprocess.Popen((AGENT, "serve", "--stdio"), env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None
        agent.stdout.readline()  # hello
        send(agent, 1, "collect", {"wait_s": DEADLINE_S, "limit": 1})
        answer = json.loads(agent.stdout.readline())
        assert answer["result"]["reports"], answer
    finally:
        agent.send_signal(signal.SIGKILL)  # it would go on until its inbox is empty
        agent.communicate()
