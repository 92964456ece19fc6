"""What the disk's refusals mean to a user of a queue."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stratus.errors import Denied, NoCapacity, StratusError


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turns an OSError under `folder` into the error that a user understands."""
    try:
        yield
    except OSError as error:
        said, number = error.strerror or str(error), number_of(error)
        if number in (errno.ENOSPC, errno.EDQUOT):
            raise NoCapacity(f"no space is left for the queue {folder}", hint=f"df -h {folder}") from error
        if number in (errno.EACCES, errno.EPERM, errno.EROFS):
            hint = f"run it as the owner: ls -ld {folder}"
            raise Denied(f"the queue {folder} cannot be used: {said}", hint=hint) from error
        hint = f"look at the disk: df -h {folder} ; dmesg | tail"
        raise StratusError(f"the queue {folder} failed: {said}", hint=hint) from error


def number_of(error: OSError) -> int:
    """The error's number, 0 if it has none. dirq 1.8 raises some anew with nothing but the text of the first one."""
    told = re.search(r"\[Errno (\d+)\]", str(error))
    return error.errno or (int(told[1]) if told else 0)
