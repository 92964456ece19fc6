"""The front end's machine as it is: key, pinned host keys, dispatcher."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratus.drivers.premises.files import FilePremises
from stratus.drivers.premises.memory import MemoryPremises
from stratus.model.paths import FrontEndPaths
from stratus.model.premises import PremisesSeen


@pytest.fixture
def paths(tmp_path: Path) -> FrontEndPaths:
    (tmp_path / "frontend").mkdir()
    return FrontEndPaths(str(tmp_path))


@pytest.fixture
def door(paths: FrontEndPaths, tmp_path: Path) -> FilePremises:
    return FilePremises(paths, pid_file=f"{tmp_path}/dispatch.pid", unit_file=f"{tmp_path}/dispatch.service")


@pytest.fixture
def dispatcher() -> Iterator[int]:
    """A process that looks like one, and waits to be ended."""
    argv = ["/bin/sh", "-c", "echo ready; read line", "dispatch", "--resident"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"  # /proc shows its words by now
    yield process.pid
    process.kill()
    process.communicate()


def test_a_machine_without_anything_has_nothing(door: FilePremises) -> None:
    assert door.look() == PremisesSeen(None, (), "none")


def test_a_key_that_others_may_read_is_closed(door: FilePremises, paths: FrontEndPaths) -> None:
    Path(paths.private_key).write_text("secret")
    os.chmod(paths.private_key, 0o644)
    assert door.look().key_mode == 0o644

    for _ in range(2):
        door.close_key()
    assert door.look().key_mode == 0o600


def test_nodes_are_pinned_by_the_names_of_known_hosts(door: FilePremises, paths: FrontEndPaths) -> None:
    Path(paths.known_hosts).write_text("# pinned\nnode1 ssh-ed25519 AAAA\n\nnode2,alias ssh-ed25519 AAAA\n")
    assert door.look().pinned == ("node1", "node2", "alias")


def test_an_installed_dispatcher_runs_or_is_dead(
    door: FilePremises, paths: FrontEndPaths, tmp_path: Path, dispatcher: int
) -> None:
    Path(paths.dispatcher_log).touch()
    assert door.look().dispatcher == "dead"
    (tmp_path / "dispatch.pid").write_text(f"{dispatcher}\n")
    assert door.look().dispatcher == "runs"
    (tmp_path / "dispatch.pid").write_text(f"{os.getpid()}\n")  # another process has its old number
    assert door.look().dispatcher == "dead"


def test_with_systemd_it_is_looked_for_among_all_processes(door: FilePremises, tmp_path: Path, dispatcher: int) -> None:
    (tmp_path / "dispatch.service").touch()
    assert door.look().dispatcher == "runs"


def test_in_memory_it_is_as_it_was_said_to_be() -> None:
    door = MemoryPremises(PremisesSeen(key_mode=0o640))
    door.close_key()
    assert door.look() == PremisesSeen(key_mode=0o600)
