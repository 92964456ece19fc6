"""The rows about a node's agent that has nothing to do: the memory that it keeps, and how often it wakes."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.measure import Pairs, alone
from bench.row import ROOT, Effort, Row

AGENT = str(ROOT / "bin" / "stratus-nodeagent")
IDLE_S = 10.0
LONG_POLL_S = 60.0


def _memory(effort: Effort) -> Pairs:
    """Resident memory of an agent that has answered a sweep, where there is a libvirt to be asked."""
    with _idle(effort.folder) as agent:
        return alone((_status(agent.pid, agent.pid, "VmRSS") / 1024,), "MB")


def _wakeups(effort: Effort) -> Pairs:
    """How often the threads of that agent give up the CPU, hence had it, while a front end waits for its reports."""
    with _idle(effort.folder) as agent:
        send(agent, 3, "collect", {"wait_s": LONG_POLL_S})
        time.sleep(2.0)
        before = _switches(agent.pid)
        time.sleep(IDLE_S)
        return alone((float(_switches(agent.pid) - before),), "wake-ups")


ROWS = (
    Row("idle-memory", "resident memory of an idle agent", "-", 40, _memory, times=False),
    Row(
        "idle-wake-ups",
        f"of all its threads in {IDLE_S:.0f} s; libvirt's keepalive is two beats",
        "-",
        8,
        _wakeups,
        times=False,
    ),
)


@contextmanager
def _idle(state_dir: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An agent of a node that nobody has used yet; whoever may ask libvirt has done so."""
    environ = {**os.environ, "STRATUSLAB_STATE_DIR": str(state_dir)}
    agent = subprocess.Popen((AGENT, "serve", "--stdio"), env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None
        agent.stdout.readline()  # hello
        for number, method in enumerate(("ping", "sweep"), 1):
            send(agent, number, method, {})
            agent.stdout.readline()
        yield agent
    finally:
        agent.kill()
        agent.communicate()


def send(agent: "subprocess.Popen[bytes]", number: int, method: str, params: dict[str, Any]) -> None:
    """One call down the agent's channel."""
    assert agent.stdin is not None
    agent.stdin.write(json.dumps({"id": number, "method": method, "params": params}).encode() + b"\n")
    agent.stdin.flush()


def _switches(pid: int) -> int:
    threads = [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]
    return sum(_status(pid, thread, "voluntary_ctxt_switches") for thread in threads)


def _status(pid: int, thread: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/task/{thread}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
