"""A user on another machine, as the live tests of the gate play one: the system's ssh, and the lines of the protocol."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratus.model import wire
from stratus.model.carried import answer_to, ask
from stratus.model.requests import Request
from stratus.model.wire import Answer, Hello, Refusal, Spoken, Welcome
from tests.live.island import Island

PORT = 2222
# What useradd writes is gone with the machine: its /etc is a copy that takes changes.
OWN_ETC = """\
mkdir -p /run/etc/changed /run/etc/work
mount -t overlay etc -o lowerdir=/etc,upperdir=/run/etc/changed,workdir=/run/etc/work /etc
for folder in /etc/stratuslab /etc/libvirt/qemu; do mount -t tmpfs -o mode=755 etc $folder; done
"""


@dataclass(frozen=True)
class Remote:
    """One key, and the front end that it is tried on."""

    front: Island
    key: Path

    def argv(self, *words: str, options: Sequence[str] = (), host: str = "stratus@127.0.0.1") -> list[str]:
        """The command line of an ssh that knows nothing of the machine's own keys and files."""
        fixed = ("IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=no", "LogLevel=ERROR")
        files = (f"IdentityFile={self.key}", f"UserKnownHostsFile={self.key}.hosts")
        named = [word for option in (*fixed, *files) for word in ("-o", option)]
        return [*self.front.prefix, "ssh", "-F", "none", "-p", str(PORT), *named, *options, host, *words]

    def ssh(self, *words: str, options: Sequence[str] = (), input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """How ssh ended."""
        argv = self.argv(*words, options=options)
        return subprocess.run(argv, input=input, capture_output=True, timeout=60, check=False)

    def ask(self, *requests: Request[Any]) -> list[Any]:
        """The answers and the refusals, in the order of the requests; all on one channel."""
        named = {str(number): request for number, request in enumerate(requests)}
        lines = [wire.line(Hello(Spoken("0.1.0"))), *(wire.line(ask(id, named[id])) for id in named)]
        done = self.ssh(input=b"".join(lines))
        assert done.returncode == 0, done.stderr
        return answers_in(done.stdout, named)

    def open(self, *words: str) -> subprocess.Popen[bytes]:
        """A session that stays open."""
        return subprocess.Popen(
            self.argv(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )


def answers_in(output: bytes, named: dict[str, Request[Any]]) -> list[Any]:
    """What stands there for each request: the value, or the error."""
    welcome, *messages = [wire.from_front_end(line) for line in output.splitlines()]
    assert isinstance(welcome, Welcome), welcome
    pieces: dict[str, list[Answer]] = {id: [] for id in named}
    refused = {message.id: message.error for message in messages if isinstance(message, Refusal)}
    assert "" not in refused, refused[""]
    for message in messages:
        if isinstance(message, Answer):
            pieces[message.id].append(message)
    return [refused[id] if id in refused else answer_to(request, pieces[id]) for id, request in named.items()]


def say(session: subprocess.Popen[bytes], message: wire.FromClient) -> None:
    """Send one line."""
    assert session.stdin
    session.stdin.write(wire.line(message))
    session.stdin.flush()


def hear(session: subprocess.Popen[bytes]) -> wire.FromFrontEnd | None:
    """The next line, or None at the end."""
    assert session.stdout
    line = session.stdout.readline()
    return wire.from_front_end(line) if line else None
