"""Running a program that owns the user's terminal."""

import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from stratus.errors import NotFound


def run_in_terminal(argv: Sequence[str], *, hint: str) -> int:
    """Run `argv` on this terminal until it ends; its status as a shell gives it (128 + signal).

    The one external call without a deadline: a person decides when it ends. NotFound with `hint` if there is no such
    program.
    """
    try:
        with _interrupts_left_to_the_child():
            status = subprocess.run(list(argv), check=False).returncode
    except FileNotFoundError as error:
        raise NotFound(f"there is no program {argv[0]}", hint=hint) from error
    return status if status >= 0 else 128 - status


@contextmanager
def _interrupts_left_to_the_child() -> Iterator[None]:
    """Ctrl-C goes to the whole terminal group; only the child may act on it.

    A handler that does nothing, not SIG_IGN: the child would inherit that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
