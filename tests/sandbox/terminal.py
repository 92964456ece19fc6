"""A user's shell inside a sandbox: each line is typed as it would be there."""

import contextlib
import io
import json
import os
import shlex
import threading
from dataclasses import dataclass
from pathlib import Path

from stratus import cli
from stratus.commands.sandbox.shell import environ_inside
from stratus.sandbox import process
from stratus.sandbox.place import Place

TRIES, PAUSE_S = 1000, 0.05


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    out: str
    err: str
    status: int

    @property
    def json(self):
        return json.loads(self.out)


def typed(environ, line):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run(shlex.split(line), given=cli.Given(environ))
    return Said(out.getvalue(), err.getvalue(), status)


class Inside:
    """A sandbox in `folder`, and lines that are typed in it."""

    def __init__(self, folder: Path, nodes: int) -> None:
        self.place = Place(folder)
        self.nodes = nodes
        self.environ = {"HOME": str(folder.parent), "PATH": os.environ["PATH"]}
        self.start()

    def start(self) -> bool:
        return process.start(self.place, self.nodes)

    def kill(self) -> None:
        """Kill its process, as kill -9 does."""
        assert process.end(self.place)

    def __call__(self, line: str, user: str = "") -> Said:
        return typed(environ_inside(self.place, self.environ, user), line)

    def ok(self, line: str) -> Said:
        said = self(line)
        assert said.status == 0, said
        return said

    def until(self, line: str, words: str) -> Said:
        """Type a line again and again until these words are in its answer."""
        ticks = threading.Event()
        for _ in range(TRIES):
            said = self(line)
            if words in said.out:
                return said
            ticks.wait(PAUSE_S)
        raise AssertionError(f"{line} never says {words!r}: {said}")

    def states(self) -> dict[str, str]:
        """The state of each instance, by name."""
        return {each["name"]: each["state"] for each in self.ok("describe -o json").json}

    def close(self) -> None:
        if self.place.is_sandbox():
            process.remove(self.place)
