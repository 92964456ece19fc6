"""A client of the gate for tests: the other end of a channel, line by line."""

import dataclasses
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stratus.actions import records
from stratus.drivers.ledger.protocol import Ledger
from stratus.gate.caller import Caller
from stratus.gate.channel import Channel
from stratus.gate.serve import Service
from stratus.gate.uploads import Uploads
from stratus.model import wire
from stratus.model.carried import answer_to, ask
from stratus.model.requests import Request
from stratus.model.role import Role
from stratus.model.user import Key, User
from stratus.model.wire import Answer, FromFrontEnd, Hello, Refusal, Spoken
from tests.memory_cloud import MemoryCloud

MANY_S = 20.0


def key_of(name: str) -> Key:
    return Key(f"SHA256:{name}", "ssh-ed25519", "AAAA", name)


def add_user(ledger: Ledger, name: str, role: Role = Role.USER) -> None:
    key = key_of(name)
    ledger.commit([records.put_user(User(name, role, keys=(key,)), 0), records.put_key(key.fingerprint, name)])


def change_user(ledger: Ledger, name: str, **changes: Any) -> None:
    """The user as they are from now on."""
    found = records.read(ledger, records.USER, name, User)
    assert found
    ledger.commit([records.put_user(dataclasses.replace(found[0], **changes), found[1])])


@dataclasses.dataclass
class Visit:
    """One open channel."""

    line: socket.socket
    thread: threading.Thread
    statuses: list[int]
    uploads: Uploads
    _count: int = 0

    def __post_init__(self) -> None:
        self.line.settimeout(MANY_S)
        self._file = self.line.makefile("rb")

    def send(self, *messages: wire.FromClient) -> None:
        for message in messages:
            self.line.sendall(wire.line(message))

    def read(self) -> FromFrontEnd:
        text = self._file.readline()
        assert text, "the front end said nothing more"
        return wire.from_front_end(text)

    def ended(self) -> bool:
        return not self._file.readline()

    def hello(self) -> wire.Welcome:
        welcome = self.read()
        assert isinstance(welcome, wire.Welcome), welcome
        self.send(Hello(Spoken("0.1.0")))
        return welcome

    def ask(self, request: Request[Any], **more: Any) -> Any:
        """The answer; raises the error of a refusal."""
        self._count += 1
        self.send(ask(str(self._count), request, **more))
        pieces = []
        while True:
            message = self.read()
            if isinstance(message, Refusal):
                raise message.error
            if isinstance(message, Answer):
                pieces.append(message)
                if not message.more:
                    return answer_to(request, pieces)

    def leave(self) -> None:
        """As a client that is killed."""
        self._file.close()
        self.line.close()

    def status(self) -> int:
        self.thread.join(MANY_S)
        assert not self.thread.is_alive(), "the gate does not end"
        return self.statuses[0]


@contextmanager
def visit(
    site: MemoryCloud, folder: Path, user: str = "alice", *, idle_s: float = MANY_S, most_bytes: int = 1 << 20
) -> Iterator[Visit]:
    """A user's channel to the cloud; it ends with the block."""
    theirs, ours = socket.socketpair()
    channel = Channel(theirs.fileno(), theirs.fileno(), idle_s=idle_s, deaf_s=MANY_S)
    uploads = Uploads(str(folder / "uploads"), user, most_bytes=most_bytes, spare_bytes=0)
    service = Service(site.cloud, Caller(user, key_of(user).fingerprint, "192.0.2.7"), channel, uploads, "lab")
    statuses: list[int] = []

    def run() -> None:
        statuses.append(service.serve())
        theirs.close()

    thread = threading.Thread(target=run)
    thread.start()
    visiting = Visit(ours, thread, statuses, uploads)
    try:
        yield visiting
    finally:
        visiting.leave()
        thread.join(MANY_S)
        assert not thread.is_alive(), "the gate does not end"
