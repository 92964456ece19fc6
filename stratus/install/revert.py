"""The watchdog of a change that may cut this machine off: it takes the change back, unless somebody confirms in time.

A process of its own, `python -m stratus.install.revert RECORD`, that outlives the installer and its session. RECORD has
the seconds and the commands; beside the marks below RUN_DIR it is all that is known of the change. With `--now` it does
not wait.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from stratus.model.paths import RUN_DIR
from stratus.model.values import dataclass

_PAUSE_S = 0.1
_COMMAND_S = 30.0


@dataclass(frozen=True)
class Marks:
    """How installer, administrator and watchdog tell each other; gone with a boot, as the change is."""

    folder: Path = Path(RUN_DIR)

    @property
    def waiting(self) -> Path:
        """There while the watchdog waits; it has its number."""
        return self.folder / "change.waiting"

    @property
    def confirmed(self) -> Path:
        """Made by who has seen that the change is good."""
        return self.folder / "change.confirmed"

    @property
    def refused(self) -> Path:
        """Made by who has seen that it is not."""
        return self.folder / "change.refused"

    @property
    def reverted(self) -> Path:
        """Made when the change was taken back."""
        return self.folder / "change.reverted"


def watch(record: Path, marks: Marks, *, now: bool = False) -> bool:
    """Wait for the confirmation, or take back; gives whether it was taken back."""
    told = json.loads(record.read_text("utf-8"))
    marks.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    deadline = time.monotonic() + (0.0 if now else float(told["seconds"]))
    for old in (marks.confirmed, marks.refused, marks.reverted):
        old.unlink(missing_ok=True)
    marks.waiting.write_text(f"{os.getpid()}\n")
    while not marks.confirmed.exists():
        if marks.refused.exists() or time.monotonic() >= deadline:
            for argv in told["undo"]:
                _run(argv)
            marks.reverted.touch()
            break
        time.sleep(_PAUSE_S)
    marks.waiting.unlink(missing_ok=True)
    return marks.reverted.exists()


def _run(argv: Sequence[str]) -> None:
    """What fails was not done before; whatever it is, the rest must be tried."""
    print("+", *argv, flush=True)
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(argv, stdin=subprocess.DEVNULL, timeout=_COMMAND_S, check=False)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), Marks(), now="--now" in sys.argv[2:])
