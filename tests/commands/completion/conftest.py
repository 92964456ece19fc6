"""A front end as completion sees it: a configuration, and a ledger whose documents the actions wrote."""

import os
import sys
from pathlib import Path

import pytest

from stratus.cli import main
from stratus.commands.completion.answer import answer
from stratus.drivers.ledger.protocol import Put
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.model import kinds
from stratus.model.paths import FrontEndPaths
from tests.memory_cloud import MemoryCloud

ROOT = str(Path(__file__).parents[3])


class Site:
    """Its ledger holds the instances web and db of the image tiny, on node1."""

    def __init__(self, folder):
        self.folder = folder
        self.ledger = Path(FrontEndPaths(str(folder / "state")).ledger)
        cloud = MemoryCloud(folder / "memory", ledger=SqliteLedger(self.ledger))
        cloud.run(name="web")
        cloud.run(name="db")
        cloud.close()
        for name in ("etc", "home", "bin"):
            (folder / name).mkdir()
        (folder / "etc" / "stratuslab.cfg").write_text(f"[general]\nstate_dir = {folder}/state\n")
        self.environ = {
            "HOME": str(folder / "home"),
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "STRATUSLAB_CONFIG_DIR": str(folder / "etc"),
            "PYTHONPATH": ROOT,
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        }

    def user_file(self, text):
        (self.folder / "home" / ".stratuslab").mkdir(exist_ok=True)
        (self.folder / "home" / ".stratuslab" / "stratuslab-user.cfg").write_text(text)

    def call(self, *names):
        """Give the ledger instances with these names, as no action would let them be called."""
        ledger = SqliteLedger(self.ledger)
        body = {"state": "running", "image_name": "tiny", "node": "node1"}
        ledger.commit(
            [
                Put(kinds.INSTANCE, f"{number:012}", {"name": name, "id": number, **body})
                for number, name in enumerate(names, 90)
            ]
        )
        ledger.close()

    def answer(self, *words):
        """The kind of the answer, and the candidates with their descriptions."""
        kind, *lines = answer(("zsh", "stratus", *words), main, self.environ).split("\n")
        return kind, dict((*line.split("\t"), "")[:2] for line in lines)

    def program(self):
        """A stratus in PATH that completes, and else prints its arguments."""
        path = self.folder / "bin" / "stratus"
        path.write_text(
            f'#!/bin/sh\n[ "$1" = --complete ] && exec {sys.executable} -P -m stratus.cli "$@"\n'
            f'[ "$1" = completion ] && exec {sys.executable} -P -m stratus.cli "$@"\n'
            'for word; do printf "<%s>" "$word"; done; echo .\n'
        )
        path.chmod(0o755)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "memory").mkdir()
    return Site(tmp_path)
