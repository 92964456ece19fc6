"""Files that these commands read and write: lists of machine ids, and files that appear only when complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from stratus.commands.told import read_file
from stratus.errors import BadInput, StratusError


def ids_in(name: str) -> tuple[str, ...]:
    """The ids in a file, one a line; blanks around them and empty lines do no harm. Raises NotFound, BadInput."""
    text = read_file(name).decode("utf-8", "replace")
    ids = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not ids:
        raise BadInput(f"{name} has no vm-id in it", hint="one id a line, as stratus-run-instance -o writes it")
    return ids


@contextmanager
def complete(path: Path, *, mode: int = 0o666) -> Iterator[IO[str]]:
    """A text file to write, which takes its place when the block ends well, and is gone when it does not.

    Opened at once, so that a place where nothing can be written is known before the work. What is there and is no
    plain file (a terminal, a pipe) is written to directly. Raises StratusError."""
    with refusing(path):
        direct = path.exists() and not path.is_file()
        real = Path(os.path.realpath(path))
        aside = real.with_name(f".{real.name[:100]}.{os.getpid()}")
        flags = os.O_WRONLY | (0 if direct else os.O_CREAT | os.O_EXCL)
        file = os.fdopen(os.open(path if direct else aside, flags, mode), "w", encoding="utf-8")
    try:
        yield file
        with refusing(path):
            file.flush()
            if not direct:
                os.fsync(file.fileno())
                aside.replace(real)
    finally:
        file.close()
        if not direct:
            aside.unlink(missing_ok=True)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """What goes wrong in the block is that `path` cannot be written. Raises StratusError."""
    try:
        yield
    except OSError as error:
        raise StratusError(f"{path} cannot be written: {error.strerror}", hint=f"ls -ld {path.parent}") from error
    except ValueError as error:
        raise BadInput(f"{str(path)!r} is no file name") from error
