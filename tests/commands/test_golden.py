"""Every transcript in golden/, typed again: the same words have the same answers, to the byte. `make golden` renews."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.commands.golden_cloud import SHOWN, Golden
from tests.commands.transcript import FILES, Scene, scenes

RENEW = os.environ.get("STRATUS_GOLDEN") == "renew"


@pytest.fixture
def here(in_memory, monkeypatch):
    """Where a cloud is, as deep as the name under which it is shown; who types, and by which clock."""
    folder = in_memory / ("x" * max(1, len(SHOWN) - len(str(in_memory)) - 1))
    monkeypatch.setenv("LOGNAME", "alice")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield folder
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_typed_is_answered_as_it_is_written_down(path, here, monkeypatch):
    text = "".join(f"{line}\n" for scene in scenes(path) for line in played(scene, here, monkeypatch))
    if RENEW:
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def played(scene: Scene, here: Path, monkeypatch, kind: type[Golden] = Golden) -> list[str]:
    here.mkdir()
    golden = kind(here)
    monkeypatch.chdir(golden.home)
    try:
        return list(scene.again(golden.type, golden.event))
    finally:
        golden.close()
        monkeypatch.chdir(here.parent)
        shutil.rmtree(here)
