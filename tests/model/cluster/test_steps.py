"""The command lines that are run on members, run for real on files of a test."""

import os
import subprocess
from pathlib import Path

import pytest

from stratus.model.cluster import steps
from stratus.model.cluster.facts import SCRIPT, parse
from stratus.model.cluster.steps import GuestStep

SHELLS = ("sh", "busybox")


def run(
    step: GuestStep, shell: str = "sh", environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    argv = step.argv if shell == "sh" else ("busybox", *step.argv)
    return subprocess.run(
        argv, input=step.input, capture_output=True, timeout=30, check=False, env={**os.environ, **(environ or {})}
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_lines_are_put_last_in_a_file_and_put_again_they_replace_what_was_there(tmp_path: Path, shell: str) -> None:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost")  # without an end of line
    path.chmod(0o640)
    for lines in (["10.0.0.1 a", "10.0.0.2 b"], ["10.0.0.3 $(touch x) `id` \\ 'c'"]):
        done = run(steps.block(str(path), lines), shell)
        assert (done.returncode, done.stderr) == (0, b"")
    assert path.read_text().splitlines() == [
        "127.0.0.1 localhost",
        steps.BEGIN,
        "10.0.0.3 $(touch x) `id` \\ 'c'",
        steps.END,
    ]
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["hosts"]


@pytest.mark.parametrize("shell", SHELLS)
def test_lines_can_be_put_first_and_a_file_that_is_not_there_is_made(tmp_path: Path, shell: str) -> None:
    path = tmp_path / "new" / "sshd_config"
    for _ in range(2):
        assert run(steps.block(str(path), ["One yes"], first=True), shell).returncode == 0
    path.write_text(path.read_text() + "Two no\n")
    assert run(steps.block(str(path), ["One no"], first=True), shell).returncode == 0
    assert path.read_text().splitlines() == [steps.BEGIN, "One no", steps.END, "Two no"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_file_is_written_whole_whatever_its_path_is(tmp_path: Path, shell: str) -> None:
    path = tmp_path / "a 'b' $c" / "file"
    assert run(steps.put(str(path), ["one", "two"], "600"), shell).returncode == 0
    assert path.read_text() == "one\ntwo\n" and path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["file"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path, shell: str) -> None:
    me = str(os.getuid())
    for name in ("there", "new/deep"):
        path = tmp_path / name
        if name == "there":
            path.mkdir(mode=0o700)
        assert run(steps.folder(str(path), me), shell).returncode == 0
        assert path.is_dir()


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_system_is_like_is_found_out(shell: str) -> None:
    argv = ("sh", "-c", SCRIPT) if shell == "sh" else ("busybox", "sh", "-c", SCRIPT)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    facts = parse("this machine", done.stdout)
    assert "ssh" in facts.has and facts.accounts["root"] == (0, "/root")
    assert all(key.split()[0].startswith(("ssh-", "ecdsa-")) for key in facts.keys)


def test_services_that_are_not_there_are_no_error() -> None:
    assert run(steps.services()).returncode == 0
