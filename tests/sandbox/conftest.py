"""A sandbox that several tests share: they leave nothing behind in it."""

import tempfile
from pathlib import Path

import pytest

from tests.sandbox.terminal import Inside


@pytest.fixture(scope="package")
def shared():
    with tempfile.TemporaryDirectory() as folder:
        inside = Inside(Path(folder, "box"), 3)
        yield inside
        inside.close()


@pytest.fixture
def inside(shared):
    yield shared
    for node in shared.ok("sandbox faults -o name").out.split():
        shared.ok(f"sandbox fault {node} none")
    names = shared.ok("describe -o name").out.split()
    if names:
        shared.ok(f"kill {' '.join(names)} --wait")
