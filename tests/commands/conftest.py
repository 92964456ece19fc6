"""Typing as a user does: `stratus("run tiny --name web -o json")`."""

import contextlib
import dataclasses
import io
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pytest

from stratus import cli
from stratus.cloud import Cloud, Links
from stratus.drivers.appliance.memory import MemoryApplianceBuilder
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.queue.memory import MemoryQueue
from tests.memory_cloud import MemoryCloud

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3zI8sJ0XnYp0N1tPV0bC1qS1Q4oZ9vG2o8n7m6K5Lx alice@home\n"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    out: str
    err: str
    status: int

    @property
    def json(self):
        return json.loads(self.out)


class Terminal:
    """A user's shell on the front end of a cloud in memory, whose ledger is a file; each command opens it anew."""

    queue = staticmethod(lambda path: MemoryQueue())

    def __init__(self, folder):
        self.home, self.ledger = folder / "home", str(folder / "ledger.sqlite")
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh" / "id_ed25519.pub").write_text(KEY)
        self.environ: Mapping[str, str] = {"HOME": str(self.home), "STRATUSLAB_CONFIG_DIR": str(folder / "etc")}
        self._folder = folder

    @cached_property
    def site(self) -> MemoryCloud:
        """Made by the first command that opens it."""
        site = MemoryCloud(self._folder, ledger=SqliteLedger(self.ledger), queue=self.queue)
        site.cloud = dataclasses.replace(site.cloud, appliances=MemoryApplianceBuilder(str(self._folder)))
        return site

    def close(self) -> None:
        if "site" in self.__dict__:
            self.site.close()

    def __call__(self, line, *more):
        """Type a line; `more` are words that no shell takes apart."""
        return self.words(*shlex.split(line), *more)

    def words(self, *words):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        given = cli.Given(self.environ, self.open)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run(list(words), given=given)
        return Said(*(stream.buffer.getvalue().decode() for stream in map(flushed, (out, err))), status)

    def ok(self, line, *more):
        """Type a line that must succeed."""
        said = self(line, *more)
        assert said.status == 0, said
        return said

    def open(self) -> Cloud:
        links = Links(lambda node: self.site.nodes[node.name].link)
        return dataclasses.replace(self.site.cloud, ledger=SqliteLedger(self.ledger), links=links)


def flushed(stream):
    stream.flush()
    return stream


@pytest.fixture
def stratus(tmp_path):
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def node(stratus):
    return stratus.site.nodes["node1"]
