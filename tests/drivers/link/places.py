"""Where the tests of the link find their agent, and how they wait for what happens elsewhere."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[3]

# sshd and a child start it without this process's environment.
AGENT = ("/usr/bin/env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.drivers.link.agent")


def eventually(condition: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    """Wait until `condition` holds; fails when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        pause.wait(0.01)


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def noticed_the_break(node: str) -> bool:
    """Whether the link to `node` has seen that its channel ended: nobody reads from one any more."""
    return not any(thread.name == f"link-in-{node}" for thread in threading.enumerate())
