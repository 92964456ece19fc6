"""What StratusLab's commands touch besides the cloud, in one value, so that tests may bring their own."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from stratus.commands.session import Session
from stratus.errors import UsageError
from stratus.model.values import dataclass


class OpenSession(Protocol):
    """Makes the session that a command's common options ask for."""

    def __call__(self, *, section: str | None, user_file: str | None, verbose: int, quiet: int) -> Session:
        """The session; nothing is opened yet."""
        ...


def host_name(address: str) -> str:
    """The name that DNS knows `address` by. Raises OSError; may take as long as the resolver likes."""
    return socket.gethostbyaddr(address)[0]


def call(argv: Sequence[str]) -> int:
    """The exit status of an interactive program; it may run as long as its user likes."""
    return subprocess.run(list(argv), check=False).returncode


def ask(prompt: str, hidden: bool) -> str:
    """What the user types after `prompt`, unseen if `hidden`; without a terminal, the next line of standard input."""
    if sys.stdin.isatty() and hidden:
        import getpass

        return getpass.getpass(prompt)
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise UsageError(f"nothing was given after {prompt!r}", hint="type it, or give one line each on standard input")
    return line.rstrip("\r\n")


@dataclass(frozen=True)
class Outside:
    """The resolver, programs, pauses and questions; the real ones unless told."""

    session: OpenSession
    host_name: Callable[[str], str] = host_name
    call: Callable[[Sequence[str]], int] = call
    ask: Callable[[str, bool], str] = ask
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
