"""Opens what a location has now, or notices that it is what it had last time."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from stratus.drivers.images.download import Downloader, discard, entity_in
from stratus.drivers.images.protocol import Progress
from stratus.errors import BadInput, Denied, NotFound
from stratus.model.values import dataclass


@dataclass(frozen=True)
class Opened:
    """A source that is open: its content, and the mark by which it is known to be unchanged next time."""

    stream: BinaryIO
    mark: dict[str, Any]
    require_unchanged: Callable[[], None]  # raises BadInput when it changed while it was read


@contextlib.contextmanager
def open_local(path: str, last: dict[str, Any], require_space: Callable[[int], None]) -> Iterator[Opened | None]:
    """A regular file of this machine; None when `last` is its mark. Raises NotFound, Denied, BadInput, NoCapacity."""
    with _open_regular(path) as stream:
        mark = _mark_of(stream)
        if last.get("file") == mark:
            yield None
            return

        def require_unchanged() -> None:
            if _mark_of(stream) != mark:
                raise BadInput(f"{path} was written to while it was read", hint="import it when it is at rest")

        found = os.fstat(stream.fileno())
        require_space(min(found.st_size, found.st_blocks * 512))
        yield Opened(stream, {"file": mark}, require_unchanged)


@contextlib.contextmanager
def open_remote(
    url: str,
    part: Path,
    last: dict[str, Any],
    downloader: Downloader,
    require_space: Callable[[int], None],
    *,
    trusted: bool,
    public_only: bool,
    progress: Progress,
    doing: AbstractContextManager[None],
) -> Iterator[Opened | None]:
    """What is downloaded from `url` into `part`; None when the server says that `last` is still its mark.

    The part is gone afterwards, unless something other than its content was at fault: then it serves again."""
    with doing:
        entity = downloader.download(
            url,
            part,
            known=entity_in(last.get("entity")),
            trusted=trusted,
            public_only=public_only,
            progress=lambda done, total: progress("download", done, total),
        )
    if entity is None:
        yield None
        return
    try:
        with open(part, "rb") as stream:
            require_space(os.fstat(stream.fileno()).st_size)
            yield Opened(stream, {"entity": asdict(entity)}, lambda: None)
    except BadInput:
        discard(part)
        raise
    discard(part)


def _open_regular(path: str) -> BinaryIO:
    """Open a regular file; never a device, a pipe or a directory, whatever the name turns into."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"there is no file {path}", hint="give the absolute path of a file on this machine") from error
    except PermissionError as error:
        raise Denied(f"the file {path} may not be read") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise BadInput(f"{path} is not a regular file", hint="copy a device with dd first, and import the copy")
    return open(fd, "rb")


def _mark_of(stream: BinaryIO) -> list[int]:
    """What changes whenever the file's content changes."""
    found = os.fstat(stream.fileno())
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
