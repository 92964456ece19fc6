"""The installed cloud of this machine, as the live tests use it: through bin/stratus, with names that are theirs."""

import statistics
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.cli import Stratus
from tests.live.lab import Lab, Start, ending

LAB = pytest.StashKey[Lab]()
SHOWN_GUESTS = 4


@pytest.fixture(scope="session")
def stratus(tmp_path_factory: pytest.TempPathFactory) -> Stratus:
    """The command line, for a user with a home folder of their own."""
    # Others may use this cloud at the same time, and a full one is no failure of ours.
    command = Stratus(tmp_path_factory.mktemp("home"), {"STRATUSLAB_CPU_RATIO": "64"})
    assert command.rows("node list"), "this machine is no node of a cloud yet: make install-node"
    return command


@pytest.fixture(scope="session")
def key(stratus: Stratus) -> Path:
    """The user's private key, where `stratus run` looks for it; the public one is beside it."""
    return make_key(stratus.home / ".ssh" / "id_ed25519")


@pytest.fixture(scope="session")
def lab(stratus: Stratus, key: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The session's part of the cloud; nothing of it is left afterwards."""
    lab = Lab(stratus, key, _tiny(stratus))
    request.config.stash[LAB] = lab
    yield lab
    lab.end_all()


@pytest.fixture
def start(lab: Lab) -> Iterator[Start]:
    """Starts instances that end with the test."""
    with ending(lab):
        yield lab.start


@pytest.fixture
def all_ended(lab: Lab) -> Iterator[None]:
    """What comes to live in the test ends with it."""
    with ending(lab):
        yield


@pytest.fixture(scope="module")
def start_for_all(lab: Lab) -> Iterator[Start]:
    """Starts instances that end with the module."""
    with ending(lab):
        yield lab.start


def make_key(path: Path) -> Path:
    """A new key pair."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "tester@home", "-f", str(path)]
    subprocess.run(argv, check=True, timeout=30, stdin=subprocess.DEVNULL)
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """A failure comes with what the cloud knows of the instances that live then."""
    report: Any = yield
    lab = item.config.stash.get(LAB, None)
    if report.failed and lab is not None:
        for guest in list(lab.living.values())[-SHOWN_GUESTS:]:
            report.sections.append(("instance", lab.say(guest)))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The medians of what users wait for."""
    lab = config.stash.get(LAB, None)
    if lab is None or not lab.timings:
        return
    running = [timing.running_s for timing in lab.timings]
    ssh = [timing.ssh_s for timing in lab.timings if timing.ssh_s is not None]
    text = f"run to running: median {statistics.median(running):.1f} s of {len(running)}"
    if ssh:
        text += f"; run to SSH: median {statistics.median(ssh):.1f} s of {len(ssh)}, at most {max(ssh):.1f} s"
    terminalreporter.write_line(text)


def _tiny(stratus: Stratus) -> str:
    """The demonstration appliance: the cloud's own, else one that is built now and stays for the next session."""
    names = [row["name"] for row in stratus.rows("image list")]
    for name in ("tiny", "lt-tiny"):
        if name in names:
            return name
    stratus("image build tiny --name lt-tiny", timeout_s=280)
    return "lt-tiny"
