"""One outside program, run to its end: with a deadline, in the C locale, and its failure as the right error."""

import os
import subprocess

from stratus.errors import CommandFailed, DeadlineExceeded, NoCapacity
from stratus.model.argv import Argv

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # an SSH session of cron's size lacks sbin
_NO_SPACE = ("No space left on device", "Disk quota exceeded")


def run(argv: Argv, *, makes: str, timeout_s: float) -> None:
    """Run it, to make the file `makes`. Raises DeadlineExceeded, NoCapacity when the file system was full, else
    CommandFailed."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            env={"PATH": _PATH, "LC_ALL": "C", "HOME": "/"},
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded(f"{argv[0]} took more than {timeout_s:g} s: {' '.join(argv)}") from error
    except FileNotFoundError as error:
        raise CommandFailed(f"{argv[0]} is not installed", hint="stratus install") from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip()
        if any(sign in words for sign in _NO_SPACE):
            raise no_space(makes)
        raise CommandFailed(f"{argv[0]} failed with status {done.returncode}: {words}", hint=" ".join(argv))


def no_space(path: str) -> NoCapacity:
    """The error for a file system that is full, with what is left on it."""
    room = os.statvfs(os.path.dirname(path))
    free_mib = room.f_bavail * room.f_frsize // 2**20
    return NoCapacity(
        f"no space left for {path}: {free_mib} MiB and {room.f_favail} files are free there",
        hint="free some: stratus image list; or give the state directory a larger file system",
    )
