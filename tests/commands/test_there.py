"""Every user command through a gate: the same words have the same answers as on the front end itself, to the byte."""

from pathlib import Path

import pytest

from stratus.drivers.gate.played import PlayedGates
from stratus.model.role import Role
from tests.commands.golden_cloud import Golden
from tests.commands.test_golden import here, played  # noqa: F401
from tests.commands.transcript import FOLDER, scenes
from tests.drivers.gate.front_end import serving

PLACE = "ssh://cloud.example.org"
VERBS = (
    *("run", "describe", "wait", "connect", "log", "why", "stop", "start", "reboot", "shutdown", "kill", "capacity"),
    *("image-build", "image-delete", "image-list", "image-log", "image-show", "node-list", "doctor"),
    *(f"stratus-{name}-instance" for name in ("run", "describe", "kill", "shutdown", "connect")),
)
# What is otherwise there: gates of the scene's own, files that only the front end has, its dispatcher, and what is no
# text (which the front end refuses in its own words).
ELSEWHERE = ("% gate ", "/images/", "stratus dispatch", r"$'\xff'")


class There(Golden):
    """A user's shell on another machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.environ = {**self.environ, "STRATUSLAB_ENDPOINT": PLACE}
        gate = serving(self.open, f"{folder}/uploads", "alice", Role.ADMIN)
        self.gates = PlayedGates({PLACE: gate}, {}, new_id=self.new_request)


@pytest.mark.parametrize("name", VERBS)
def test_what_is_typed_there_is_answered_as_here(name, here, monkeypatch):  # noqa: F811
    for scene in scenes(FOLDER / f"{name}.txt"):
        if not any(sign in line for line in scene.lines for sign in ELSEWHERE):
            assert played(scene, here, monkeypatch, There) == list(scene.lines)
