"""The rows about a sandbox: how soon it is there, and how fast instances come to run in it."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.command_line import silently
from bench.measure import Pairs, alone, seconds
from bench.row import STRATUS, Effort, Row

NODES, RUNS = 50, 200
MANY_NODES, MANY_RUNS = 1000, 500


def _start(effort: Effort, *, nodes: int = NODES, rounds: int = 6) -> Pairs:
    """From the shell's exec until `sandbox start` says that it is ready."""
    return alone(tuple(_started(effort.folder / str(number), nodes) for number in range(effort.rounds(rounds))), "s")


def _started(folder: Path, nodes: int) -> float:
    with _sandbox(folder, nodes, started := []):
        return started[0]


def _completions(effort: Effort, *, nodes: int = NODES, runs: int = RUNS) -> Pairs:
    """One command that runs many and waits for all; ledger, queues and journals are files."""
    memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else effort.folder
    return alone(tuple(_per_second(memory, nodes, runs) for _ in range(effort.rounds(3))), "1/s")


def _per_second(memory: Path, nodes: int, runs: int) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=memory) as folder,
        _sandbox(Path(folder, "box"), nodes, []) as environ,
    ):
        argv = (STRATUS, "run", "tiny", "-n", str(runs), "--ram", "64", "--swap", "0", "--wait")
        took = seconds(lambda: subprocess.run(argv, env=environ, check=True, capture_output=True))
        listed = subprocess.run((STRATUS, "describe", "-o", "json"), env=environ, check=True, capture_output=True)
        assert [each["state"] for each in json.loads(listed.stdout)] == ["running"] * runs
        return runs / took


@contextmanager
def _sandbox(folder: Path, nodes: int, started: list[float]) -> Iterator[dict[str, str]]:
    """A sandbox, with what is in the environment of a command inside; how long its start took goes into the list."""
    where = ("--dir", str(folder))
    start = silently((STRATUS, "sandbox", "start", "--nodes", str(nodes), *where))
    try:
        started.append(seconds(start))
        yield {
            **os.environ,
            "STRATUSLAB_CONFIG_DIR": str(folder / "etc"),
            "STRATUSLAB_KEY": str(folder / "key.pub"),
        }
    finally:
        silently((STRATUS, "sandbox", "stop", *where))()


ROWS = (
    Row("sandbox-start", f"sandbox start, {NODES} nodes", "-", 2, _start, times=False),
    Row(
        "sandbox-completions",
        f"instances run in a sandbox of {NODES} nodes",
        "-",
        13,
        _completions,
        at_least=True,
        times=False,
    ),
    Row(
        "sandbox-start-large",
        f"sandbox start, {MANY_NODES:,} nodes",
        "-",
        10,
        partial(_start, nodes=MANY_NODES, rounds=3),
        times=False,
    ),
    Row(
        "sandbox-completions-large",
        f"{MANY_RUNS} instances run at once on {MANY_NODES:,} nodes",
        "-",
        13,
        partial(_completions, nodes=MANY_NODES, runs=MANY_RUNS),
        at_least=True,
        times=False,
    ),
)
