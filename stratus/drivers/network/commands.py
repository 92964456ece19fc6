"""Running one program of the network door to its end, with a deadline."""

import os
import select
import subprocess
import tempfile
from collections.abc import Callable

from stratus.errors import CommandFailed, DeadlineExceeded
from stratus.model.argv import Argv

Run = Callable[[Argv], str]
DEADLINE_S = 30.0
PACKAGES = {"ip": "iproute2", "nft": "nftables", "dnsmasq": "dnsmasq-base", "sysctl": "procps"}


def run_command(argv: Argv, *, deadline_s: float = DEADLINE_S) -> str:
    """What the program prints. Raises CommandFailed with what it complained of, or DeadlineExceeded.

    The output goes to a file and not through a pipe: a daemon that the program leaves behind would hold the pipe open,
    and with it whoever waits at its end.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output, stderr=complaints)
        except FileNotFoundError as error:
            raise CommandFailed(f"{argv[0]} is not installed", hint=_install(argv[0])) from error
        _wait(process, argv, deadline_s)
        if process.returncode != 0:
            complaints.seek(0)
            said = complaints.read(4000).decode("utf-8", "replace").strip()
            failed = f"{argv[0]} failed with {process.returncode}: {said}"
            raise CommandFailed(failed, hint=f"try: {' '.join(argv)[:400]}")
        output.seek(0)
        return output.read().decode("utf-8", "replace")


def _wait(process: subprocess.Popen[bytes], argv: Argv, deadline_s: float) -> None:
    """Wait by the kernel's word: subprocess asks in ever longer intervals, which would double the time of a plug."""
    ended = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(ended, select.POLLIN)
        if not poll.poll(deadline_s * 1000):
            process.kill()
            raise DeadlineExceeded(f"{' '.join(argv)[:200]} took more than {deadline_s:g} s")
    finally:
        os.close(ended)
        process.wait()


def _install(program: str) -> str:
    return f"apt-get install {PACKAGES.get(program, program)}"
