"""Servers for the tests of the link, which end with the test whatever happens in it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.drivers.link.places import AGENT
from tests.drivers.link.sshd import NewSshd, Sshd


@pytest.fixture
def new_sshd(tmp_path: Path) -> Iterator[NewSshd]:
    started: list[Sshd] = []

    def start(agent: Sequence[str] = AGENT, *, settings: str = "") -> Sshd:
        started.append(Sshd(tmp_path / f"sshd-{len(started)}", agent, settings=settings))
        return started[-1]

    yield start
    for sshd in started:
        sshd.stop()
