"""The first step in: what depends on nothing is answered at once, and all else by the front door with its libraries."""

import gc
import os
import sys
from collections.abc import Sequence

from stratus import __version__

PAGE_WIDTH = 80
MANY = 50_000


def main() -> int:
    """The exit status of this process's command line. Ends the process itself where nothing is left to wait for."""
    text = at_once(sys.argv[1:])
    if text:
        try:
            os.write(1, text)
            return 0
        except OSError:
            pass  # the front door knows what to say of an output that nobody reads
    gc.set_threshold(MANY)  # what is loaded stays; looking for what may go takes a twentieth of a short command's time
    from stratus.cli import run

    status = run()
    leave(status)
    return status


def leave(status: int) -> None:
    """End the process, unless threads are still at work that Python would wait for.

    Python takes everything apart that was ever loaded, which takes a tenth of a short command's time."""
    import atexit
    import threading

    if any(not thread.daemon and thread is not threading.main_thread() for thread in threading.enumerate()):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return  # Python has words for that
    os._exit(status)


def at_once(words: Sequence[str]) -> bytes:
    """What --version and --help print; nothing when these are not the words, or the terminal is too narrow for it."""
    if words == ["--version"]:
        return f"stratus {__version__}\n".encode()
    if words in (["--help"], ["-h"]) and _is_wide_enough():
        with open(os.path.join(os.path.dirname(__file__), "help.txt"), "rb") as page:
            return page.read()
    return b""


def _is_wide_enough() -> bool:
    if "COLUMNS" in os.environ:
        return False  # somebody wishes a width
    try:
        return os.get_terminal_size(1).columns >= PAGE_WIDTH
    except OSError:
        return True  # no terminal


if __name__ == "__main__":
    sys.exit(main())
