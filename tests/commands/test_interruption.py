"""Ctrl-C: the status is 130, what was promised stays promised, and nothing is left half-done."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stratus.actions import records
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.model.states import State
from tests.drivers.images.web import Site, serving

pytestmark = pytest.mark.slow  # processes that start all of the program
ROOT = str(Path(__file__).parents[2])
DEADLINE_S = 30
# Whoever was started in a shell's background inherits that interruptions are ignored.
HEEDING = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from stratus import cli; "
REAL = HEEDING + "sys.exit(cli.run(sys.argv[1:]))"
# A cloud in memory whose guests never answer, with a ledger that is a file.
DEAF = HEEDING + (
    "from pathlib import Path; from tests.commands.conftest import Terminal; terminal = Terminal(Path(sys.argv[1])); "
    "terminal.site.reach.answering = set(); "
    "sys.exit(cli.run(sys.argv[2:], given=cli.Given(terminal.environ, terminal.open)))"
)


@contextlib.contextmanager
def started(folder, program, *words):
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": ROOT,
        "PYTHONUNBUFFERED": "1",
        "STRATUSLAB_CONFIG_DIR": str(folder / "etc"),
        "STRATUSLAB_STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
    }
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", program, *words],
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    late = threading.Timer(DEADLINE_S, child.kill)
    late.start()
    try:
        yield child
    finally:
        late.cancel()
        child.kill()
        child.communicate()


def interrupted_at(child, line):
    """What the child said, interrupted once it had said `line`."""
    said = ""
    while line not in said:
        more = child.stderr.readline()
        assert more, said
        said += more
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=DEADLINE_S)
    return out, said + err


def test_an_interrupted_import_leaves_no_image_and_the_next_one_goes_on(tmp_path):
    begun = threading.Event()
    site = Site(content=os.urandom(4096) * 64, slow_body=True, before_body=begun.set)
    with serving(site):
        with started(tmp_path, REAL, "image", "import", site.url) as child:
            assert begun.wait(DEADLINE_S)
            out, err = interrupted_at(child, "download ...")
        assert (child.returncode, out) == (130, "")
        assert err.splitlines()[-1] == "interrupted"
        with started(tmp_path, REAL, "image", "list", "-o", "json") as child:
            assert child.communicate(timeout=DEADLINE_S)[0] == "[]\n"
        kept = [path.name for path in (tmp_path / "state/images").rglob("*") if path.is_file()]
        assert all(name.endswith((".part", ".part.json")) for name in kept), kept
        site.slow_body = False
        with started(tmp_path, REAL, "image", "import", site.url, "-o", "name") as child:
            assert child.communicate(timeout=DEADLINE_S)[0] == "image\n"
    assert not list((tmp_path / "state/images").rglob("*.part*"))


def test_an_interrupted_wait_leaves_the_instance_as_it_is(tmp_path):
    with started(tmp_path, DEAF, str(tmp_path), "run", "tiny", "--name", "web", "--wait=ssh", "-o", "json") as child:
        out, err = interrupted_at(child, "1 (web): ssh ...")
    assert (child.returncode, out) == (130, "")
    assert err.splitlines()[-1] == '{"code": "Interrupted", "cause": "interrupted", "fix": ""}'
    ledger = SqliteLedger(str(tmp_path / "ledger.sqlite"))
    (instance,) = records.instances(ledger)
    ledger.close()
    assert (instance.name, instance.state, instance.order, instance.error) == ("web", State.RUNNING, "", "")
