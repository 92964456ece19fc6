"""The program as a process: its pipes, its signals, its terminal's encoding."""

import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
DEADLINE_S = 30


@pytest.fixture
def environ(tmp_path):
    (tmp_path / "etc").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": ROOT,
        "STRATUSLAB_CONFIG_DIR": str(tmp_path / "etc"),
        "TMPDIR": str(tmp_path),
    }


def command(tmp_path, *words):
    return [sys.executable, "-P", "-m", "stratus.cli", "-c", f"state_dir={tmp_path}/state", *words]


def run(tmp_path, environ, *words, **more):
    return subprocess.run(
        command(tmp_path, *words), env=environ, stderr=subprocess.PIPE, timeout=DEADLINE_S, check=False, **more
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("words", ["--version", "describe", "nonsense"])
def test_a_stream_that_was_closed_leads_nowhere(tmp_path, environ, closed, words):
    """The ledger's file must not get the number of standard output, and so the table."""
    line = shlex.join(command(tmp_path, *words.split()))
    done = subprocess.run(
        ["sh", "-c", f"{line} {closed}"], env=environ, capture_output=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == (2 if words == "nonsense" else 0) and b"bug" not in done.stderr
    assert not list(tmp_path.glob("stratus-bug*"))


def test_a_reader_that_leaves_early_is_no_error(tmp_path, environ):
    reader, writer = os.pipe()
    os.close(reader)
    ended = run(tmp_path, environ, "describe", stdout=writer)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_full_disk_is_told_in_one_line(tmp_path, environ):
    with open("/dev/full", "w") as full:
        ended = run(tmp_path, environ, "describe", stdout=full)
    assert ended.returncode == 1
    assert ended.stderr == b"stratus: the result cannot be written: No space left on device\n  try: df -h\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_lacks_a_character_is_no_error(tmp_path, environ, encoding):
    environ = environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    ended = run(tmp_path, environ, "kill", "\u732b", b"\xff", stdout=subprocess.PIPE)
    assert ended.returncode == 3
    assert ended.stderr.startswith(b"stratus: no instance '")


def test_an_interruption_ends_quietly_with_130(tmp_path, environ):
    """While it waits for somebody who has the ledger: the moment at which users lose patience."""
    environ = environ | {"PYTHONUNBUFFERED": "1"}
    script = (
        "import signal, sys, time; from stratus import cli\n"
        # Whoever was started in a shell's background inherits that interruptions are ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def opener():\n    print('waiting', flush=True); time.sleep(60)\n"
        "sys.exit(cli.run(['describe'], given=cli.Given({}, opener)))\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    late = threading.Timer(DEADLINE_S, child.kill)
    late.start()
    assert child.stdout is not None and child.stdout.readline() == b"waiting\n"
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=DEADLINE_S)
    late.cancel()
    assert (child.returncode, out, err.strip()) == (130, b"", b"interrupted")
