"""A tape of what a front end and an agent say to each other on the wire, and a day in a cloud's life to record.

`python -m tests.actions.taped FILE` records the day between the two of this release: do so before the protocol is
changed, so that the next release can be held against what this one really says."""

import dataclasses
import itertools
import json
import socket
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stratus.actions import dispatch
from stratus.actions.node import enroll
from stratus.cloud import Links
from stratus.drivers.link.lines import Method
from stratus.drivers.link.reopening import ReopeningWire
from stratus.drivers.link.wire import Streams, Wire
from stratus.errors import NodeUnreachable
from stratus.model.instance import Instance
from stratus.model.requests import (
    DoctorRequest,
    EnrolRequest,
    KillRequest,
    LogRequest,
    RebootRequest,
    StartRequest,
    StopRequest,
    WaitRequest,
)
from stratus.nodeagent.serve import serve
from tests.memory_cloud import ROOT, MemoryCloud

FOLDER = Path(__file__).with_name("tapes")
NAME = "old"
PLACE = "/the/folder"  # stands for the one in which the cloud was when it was recorded


class Tape:
    """Whole lines in their order: {"said": "agent" | "front end", "line": ...}."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._rest = {"agent": b"", "front end": b""}

    def hear(self, who: str, data: bytes) -> bytes:
        """Note what was said; gives it back."""
        *whole, self._rest[who] = (self._rest[who] + data).split(b"\n")
        self.lines += [{"said": who, "line": json.loads(line)} for line in whole]
        return data


class ServedLink(ReopeningWire):
    """A link to an agent that is served in a thread of this process, over a real wire."""

    def __init__(self, methods: Mapping[str, Method], tape: Tape | None = None) -> None:
        super().__init__(NAME, self._opened)
        self._methods, self._tape = methods, tape or Tape()

    def _opened(self) -> Wire:
        ours, theirs = socket.socketpair()
        files = theirs.makefile("rb"), theirs.makefile("wb")
        threading.Thread(target=self._serve, args=(*files, theirs), daemon=True).start()

        def write(data: bytes) -> None:
            ours.sendall(self._tape.hear("front end", data))

        def read(count: int) -> bytes:
            return self._tape.hear("agent", ours.recv(count))

        def close() -> None:
            ours.shutdown(socket.SHUT_RDWR)

        ended = NodeUnreachable(f"{NAME}: the agent ended")
        return Wire.opened(NAME, Streams(read, write, close, ours.close, lambda: ended), timeout_s=10)

    def _serve(self, input: Any, output: Any, theirs: socket.socket) -> None:
        self.speak(input, output)
        theirs.shutdown(socket.SHUT_RDWR)

    def speak(self, input: Any, output: Any) -> None:
        """What the other end does."""
        serve(self._methods, input=input, output=output)


def cloud_with(site: MemoryCloud, link: ServedLink) -> None:
    """Have the site's only node behind the link; what it is called by chance is counted."""
    numbers = itertools.count(1)
    site.cloud = dataclasses.replace(
        site.cloud, links=Links(lambda node: link), new_uuid=lambda: f"00000000-0000-4000-8000-{next(numbers):012}"
    )


def day(site: MemoryCloud) -> Instance:
    """The node is made known, and an instance lives through every verb: how it was when it ended."""
    enroll(site.cloud, EnrolRequest("node1", way="memory"))
    (instance,) = site.run(name="web")
    arrive(site, instance, "running")
    dispatch.once(site.cloud)
    for request, until in (
        (StopRequest(("1",), force=True), "stopped"),
        (StartRequest(("1",)), "running"),
        (RebootRequest(("1",), hard=True), "running"),
    ):
        site.perform(request)
        arrive(site, instance, until)
    site.perform(DoctorRequest(), ROOT)
    site.perform(LogRequest("1"))
    dispatch.once(site.cloud)
    site.perform(KillRequest(("1",)))
    return arrive(site, instance, "done")


def arrive(site: MemoryCloud, instance: Instance, until: str) -> Instance:
    """The instance, where it was sent."""
    arrived: Instance = site.perform(WaitRequest((str(instance.id),), until, 10.0))[0].instance
    return arrived


def record(path: Path) -> None:
    """Record the day."""
    tape = Tape()
    with tempfile.TemporaryDirectory() as folder:
        site = MemoryCloud(Path(folder))
        cloud_with(site, ServedLink(site.nodes["node1"].agent.methods(), tape))
        day(site)
        site.close()
    text = "".join(json.dumps(line) + "\n" for line in tape.lines)
    path.write_text(text.replace(folder, PLACE))


if __name__ == "__main__":
    record(Path(sys.argv[1]))
