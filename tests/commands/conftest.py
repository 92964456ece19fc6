"""Typing as a user does: `stratus("run tiny --name web -o json")`."""

import contextlib
import dataclasses
import io
import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pytest

from stratus import cli
from stratus.cloud import Cloud, Links
from stratus.commands.endings import ENDINGS, endings_of
from stratus.commands.front_door import take_apart
from stratus.commands.stratuslab.names import NAMES
from stratus.drivers.appliance.memory import MemoryApplianceBuilder
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.link.memory_guests import MemoryGuests
from stratus.drivers.queue.memory import MemoryQueue
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS
from stratus.install.played import PlayedMachine
from tests.commands.played_ground import FACTS, HERE, SURVEY
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
        self.folder = folder
        self.ground: PlayedMachine | None = PlayedMachine(
            HERE, FACTS, SURVEY
        )  # whatever is typed, nothing is installed here
        self.gates = None  # those that an endpoint in the configuration may name
        self.guests = MemoryGuests()
        self.monotonic = time.monotonic
        self.held = True  # to what its commands' pages say of their exit statuses

    @cached_property
    def site(self) -> MemoryCloud:
        """Made by the first command that opens it."""
        site = self.new_site()
        site.cloud = dataclasses.replace(site.cloud, appliances=MemoryApplianceBuilder(str(self.folder)))
        return site

    def new_site(self) -> MemoryCloud:
        return MemoryCloud(self.folder, ledger=self.new_ledger(), queue=self.queue)

    def new_ledger(self) -> SqliteLedger:
        return SqliteLedger(self.ledger)

    def close(self) -> None:
        if "site" in self.__dict__:
            self.site.close()

    def __call__(self, line, *more):
        """Type a line; `more` are words that no shell takes apart."""
        return self.words(*shlex.split(line), *more)

    def words(self, *words):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        given = cli.Given(self.environ, self.open, self.ground, self.gates, self.guests, self.monotonic)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run(list(words), given=given)
        self._expect_declared(words, status)
        return Said(*(stream.buffer.getvalue().decode() for stream in map(flushed, (out, err))), status)

    def _expect_declared(self, words, status):
        """Every line that a test types ends as its command's page says that it can."""
        typed = command_of(words)
        if self.held and typed and status not in (0, BUG_STATUS, INTERRUPTED_STATUS):
            assert status in {kind.status for kind in endings_of(typed)}, f"{typed} is not said to end with {status}"

    def ok(self, line, *more):
        """Type a line that must succeed."""
        said = self(line, *more)
        assert said.status == 0, said
        return said

    def open(self) -> Cloud:
        links = Links(lambda node: self.site.nodes[node.name].link)
        return dataclasses.replace(self.site.cloud, ledger=self.new_ledger(), links=links)


def command_of(words):
    """The words of the command in a line; none if it is an alias, a program, or no line at all."""
    typed = take_apart(cli.main, words)
    if typed.name in NAMES:
        return (typed.name,)
    if typed.name not in cli.COMMANDS:
        return ()
    below = ((typed.name, *typed.after[:depth]) for depth in (2, 1))
    return next((words for words in below if " ".join(words) in ENDINGS), (typed.name,))


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
