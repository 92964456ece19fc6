"""Typing StratusLab's names as a user does: `old("run-instance -q tiny")`, on the cloud that `stratus` types to."""

import contextlib
import io
import shlex
from functools import partial

import pytest

from stratus import cli
from stratus.commands.endings import endings_of
from stratus.commands.session import Session
from stratus.commands.stratuslab.__main__ import run
from stratus.commands.stratuslab.outside import Outside
from stratus.commands.stratuslab.run_cluster import FAILED
from stratus.errors import BUG_STATUS, INTERRUPTED_STATUS
from stratus.model.views import Accepted
from tests.commands.conftest import Said, flushed


class Old:
    """The same user's shell; what the commands touch besides the cloud is written down or prepared here."""

    def __init__(self, terminal):
        self.home, self.folder = terminal.home, terminal.home.parent
        self.given = cli.Given(terminal.environ, terminal.open, terminal.ground, guests=terminal.guests)
        self.dns: dict[str, str] = {}
        self.answers: list[str] = []  # to what is asked
        self.prompts: list[tuple[str, bool]] = []
        self.ssh: list[int] = []  # the statuses that ssh will end with
        self.called: list[list[str]] = []
        self.paused: list[float] = []
        self.time_s = 0.0
        self.new_session = partial(cli.new_session, given=self.given)

    def __call__(self, line, *more):
        """Type a line, the name without its `stratus-`; `more` are words that no shell takes apart."""
        name, *words = shlex.split(line)
        return self.words(name, *words, *more)

    def words(self, name, *words):
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        outside = Outside(self.new_session, self._host_name, self._call, self._ask, self.paused.append, self._clock)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run(f"stratus-{name}", words, outside)
        if not name.startswith("connect") and status not in (0, FAILED, BUG_STATUS, INTERRUPTED_STATUS):
            assert status in {kind.status for kind in endings_of((name,))}, f"{name} is not said to end with {status}"
        return Said(*(stream.buffer.getvalue().decode() for stream in map(flushed, (out, err))), status)

    def ok(self, line, *more):
        said = self(line, *more)
        assert said.status == 0, said
        return said

    def _host_name(self, address):
        if address not in self.dns:
            raise OSError("unknown host")
        return self.dns[address]

    def _call(self, argv):
        self.called.append(list(argv))
        return self.ssh.pop(0) if self.ssh else 0

    def _ask(self, prompt, hidden):
        self.prompts.append((prompt, hidden))
        return self.answers.pop(0)

    def _clock(self):
        return self.time_s


class Recording(Session):
    """A session that performs nothing: the requests are what is looked at."""

    def perform(self, request):
        self.requests = [*getattr(self, "requests", []), request]
        return Accepted()


@pytest.fixture
def old(stratus):
    return Old(stratus)


@pytest.fixture
def requests_of(old):
    """The requests that a line makes."""

    def requests(line):
        sessions = []

        def new_session(**common):
            real = cli.new_session(**common, given=old.given)
            sessions.append(Recording(**vars(real)))
            return sessions[-1]

        old.new_session = new_session
        old.ok(line)
        return sessions[-1].requests

    return requests
