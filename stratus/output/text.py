"""Text that is safe on a terminal, and the two streams that it goes to."""

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stratus.errors import StratusError

# C0 and C1 controls, the marks that turn the writing direction, other ends of lines, and halves of characters: none of
# them may reach a terminal.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` with whatever a terminal might obey made visible."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def show(text: str = "") -> None:
    """One line of a result. Raises as `flush` does."""
    write(f"{text}\n")


def write(text: str) -> None:
    """A part of a result, as it stands. Raises as `flush` does."""
    with _writing():
        sys.stdout.write(text)


def note(text: str) -> None:
    """One line that is no result: progress, remarks."""
    sys.stderr.write(text + "\n")


def survive_any_text() -> None:
    """From now on, what the terminal's encoding lacks is written as an escape, and not a reason to end; and a stream
    that was closed before we were started (`>&-`) is one that leads nowhere.

    Its number would be that of the next file that is opened, which would then be written into."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            setattr(sys, name, os.fdopen(number, "w" if number else "r"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Make sure that the result was written. Raises BrokenPipeError when nobody reads it, StratusError otherwise."""
    with _writing():
        sys.stdout.flush()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up()
        raise StratusError(f"the result cannot be written: {error.strerror}", hint="df -h") from error


def give_up() -> None:
    """Write no more to standard output; Python would complain when it flushes at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
