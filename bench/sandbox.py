"""The rows about a sandbox: how soon it is there, and how fast instances come to run in it."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.command_line import silently
from bench.measure import Pairs, alone, seconds
from bench.row import STRATUS, Effort, Row

NODES, RUNS = 50, 200


def _start(effort: Effort) -> Pairs:
    """From the shell's exec until `sandbox start` says that it is ready."""
    return alone(tuple(_started(effort.folder / str(number)) for number in range(effort.rounds(6))), "s")


def _started(folder: Path) -> float:
    with _sandbox(folder, started := []):
        return started[0]


def _completions(effort: Effort) -> Pairs:
    """One command that runs many and waits for all; ledger, queues and journals are files."""
    memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else effort.folder
    return alone(tuple(_per_second(memory) for _ in range(effort.rounds(3))), "1/s")


def _per_second(memory: Path) -> float:
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=memory) as folder,
        _sandbox(Path(folder, "box"), []) as environ,
    ):
        argv = (STRATUS, "run", "tiny", "-n", str(RUNS), "--ram", "64", "--swap", "0", "--wait")
        took = seconds(lambda: subprocess.run(argv, env=environ, check=True, capture_output=True))
        listed = subprocess.run((STRATUS, "describe", "-o", "json"), env=environ, check=True, capture_output=True)
        assert [each["state"] for each in json.loads(listed.stdout)] == ["running"] * RUNS
        return RUNS / took


@contextmanager
def _sandbox(folder: Path, started: list[float]) -> Iterator[dict[str, str]]:
    """A sandbox, with what is in the environment of a command inside; how long its start took goes into the list."""
    where = ("--dir", str(folder))
    start = silently((STRATUS, "sandbox", "start", "--nodes", str(NODES), *where))
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
)
