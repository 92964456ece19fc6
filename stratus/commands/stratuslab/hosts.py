"""The names that DNS has for addresses, asked side by side, with a deadline for all of them together."""

import queue
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping

_THREADS = 16
# What DNS answers is anybody's text; only what is a host name goes into a table that scripts split at blanks.
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})")


def host_names(addresses: Iterable[str], look_up: Callable[[str], str], *, deadline_s: float) -> Mapping[str, str]:
    """Each address with its name, or with itself when there is none or when none came in time."""
    found = {address: address for address in addresses}
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
    for address in found:
        waiting.put(address)
    for _ in range(min(_THREADS, len(found))):
        # A resolver cannot be interrupted: threads that are still asking must not keep the command from ending.
        threading.Thread(target=_ask, args=(waiting, answers, look_up), daemon=True).start()
    end = time.monotonic() + deadline_s
    for _ in range(len(found)):
        try:
            address, name = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        if _HOST.fullmatch(name):
            found[address] = name
    return found


def _ask(
    waiting: "queue.SimpleQueue[str]", answers: "queue.SimpleQueue[tuple[str, str]]", look_up: Callable[[str], str]
) -> None:
    while True:
        try:
            address = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            answers.put((address, look_up(address)))
        except (OSError, UnicodeError):
            answers.put((address, ""))
