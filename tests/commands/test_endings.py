"""What many commands can end with, tried for each that says so: the ways that are a command's own are in golden/."""

import contextlib
import io
from pathlib import Path

import pytest

from stratus import cli
from stratus.commands.endings import ENDINGS, EVERY, OF_THE_GATE, OF_THE_LEDGER, Kinds
from stratus.commands.stratuslab.names import NAMES
from stratus.drivers.gate.played import PlayedGates
from stratus.errors import BadInput, GateUnreachable, NotFound, StratusError
from tests.commands.golden_cloud import NO_TEXT

KEYS = Path(__file__).parent / "keys"
# A line of each command that would go on to the ledger, or to its result.
LINES = {
    "run": "tiny",
    "run-cluster": "tiny",
    "wait": "1",
    "connect": "1",
    "console": "1",
    "log": "1",
    "why": "1",
    "stop": "1",
    "start": "1",
    "reboot": "1",
    "shutdown": "1",
    "kill": "1",
    "image import": "/images/other.img",
    "image build": "tiny --name built",
    "image show": "tiny",
    "image log": "tiny",
    "image delete": "tiny",
    "config": "--keys",
    "node add": "127.0.0.1 --port 1",
    "node update": "node1",
    "node remove": "node1",
    "node show": "node1",
    "node drain": "node1",
    "node rename": "node1 n2",
    "node run": "-- uptime",
    "node enable": "node1",
    "node disable": "node1",
    "node zone": "node1 eu",
    "node label": "node1 gpu=yes",
    "node reserve": "node1 --for bob --cpu 1",
    "user add": "dave",
    "user show": "carol",
    "user key add": f"carol {KEYS}/bob.pub",
    "user key list": "carol",
    "user key remove": "carol alice@home",
    "user role": "carol admin",
    "user quota": "carol --cpu 1",
    "user group": "carol --join lab",
    "user disable": "carol",
    "user enable": "carol",
    "user remove": "carol",
    "user password": "carol --remove",
    "user certificate": "carol CN=Carol,O=Example",
    "group add": "ops",
    "group quota": "lab --cpu 1",
    "group remove": "lab",
    "dispatch": "--once",
    "completion": "bash",
    "run-instance": "tiny",
    "describe-instance": "1",
    "kill-instance": "1",
    "shutdown-instance": "1",
    "connect-instance": "1",
}
CHANGES_THE_MACHINE = ("install", "uninstall")
ASK = ("hash-password",)


OPENING = [name for name, kinds in ENDINGS.items() if {*OF_THE_LEDGER} <= {*kinds} and name not in CHANGES_THE_MACHINE]
# of several clouds each is told in a note, which a transcript shows
BEHIND = [name for name, kinds in ENDINGS.items() if {*OF_THE_GATE} <= {*kinds} and name != "clouds"]
NAMING = [name for name in OPENING if NotFound in ENDINGS[name] and LINES.get(name) in ("1", "tiny")]


def common(name: str) -> Kinds:
    """The kinds of errors that these tests try for a command."""
    opening = (*(OF_THE_LEDGER if name in OPENING else ()), *(OF_THE_GATE if name in BEHIND else ()))
    return (*EVERY, *opening, *((NotFound, BadInput) if name in NAMING else ()))


@pytest.mark.parametrize("kind", OF_THE_LEDGER, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", OPENING)
def test_what_the_ledger_refuses_is_told_by_every_command_that_opens_it(stratus, name, kind):
    def opener():
        raise kind("the ledger refuses", hint="df -h")

    stratus.open = opener
    said = stratus(f"{name} {LINES.get(name, '')}")
    assert said.status == kind.status
    assert "stratus: the ledger refuses\n  try: df -h\n" in said.err


@pytest.mark.parametrize("name", BEHIND)
def test_what_is_wrong_with_the_gate_is_told_by_every_command_that_goes_through_it(stratus, name):
    stratus.gates = PlayedGates({}, {})
    stratus.environ = {**stratus.environ, "STRATUSLAB_ENDPOINT": "ssh://cloud.example.org"}
    said = stratus(f"{name} {LINES.get(name, '')}")
    assert said.status == GateUnreachable.status
    assert "stratus: nothing answers at cloud.example.org, port 2222" in said.err


@pytest.mark.parametrize("name", NAMING)
def test_what_nothing_is_called_or_can_be_called_is_told_by_every_command_that_takes_a_name(stratus, name):
    assert stratus.words(*name.split(), "nothing").status == NotFound.status
    assert stratus.words(*name.split(), NO_TEXT).status == BadInput.status


@pytest.mark.parametrize("name", ENDINGS)
def test_a_wrong_option_is_told_by_every_command(stratus, name):
    said = stratus(f"{name} --xyzzy")
    assert (said.status, said.out) == (2, "") and "--xyzzy" in said.err


@pytest.mark.parametrize("name", ENDINGS)
def test_a_wrong_setting_is_told_by_every_command(stratus, name):
    said = stratus(f"-c nat=perhaps {name} {LINES.get(name, '')}")
    assert (said.status, said.out) == (12, "") and "'perhaps' is neither true nor false" in said.err


# Those that show a result of their own; what StratusLab's names show comes out of the same place.
SILENT = (
    "login",
    "node add",
    "node update",
    "node remove",
    "node rename",
    "node run",
    "user remove",
    "user password",
    "user certificate",
    "group remove",
    "simulate",
    "connect",
    "console",
    "sandbox start",
    "sandbox shell",
    "sandbox run",
    "sandbox fault",
    "sandbox stop",
)
ELSEWHERE = (*CHANGES_THE_MACHINE, *ASK, *NAMES, *SILENT, "sandbox faults")
SHOWING = [name for name in ENDINGS if name not in ELSEWHERE or name == "config"]


@pytest.mark.parametrize("name", SHOWING)
def test_a_result_that_cannot_be_written_is_told_by_every_command(stratus, name):
    if name in ("stop", "start", "reboot", "shutdown", "kill", "wait", "log", "why"):
        stratus.ok("run tiny --ram 16 --swap 0 --wait")
    if name == "start":
        stratus.ok("stop 1 --wait")
    if name.startswith(("user", "group")):
        stratus.ok("group add lab")
        stratus.ok(f"user add carol --key {KEYS}/alice.pub")
    err = io.StringIO()
    with open("/dev/full", "w") as full, contextlib.redirect_stdout(full), contextlib.redirect_stderr(err):
        line = f"{name} {LINES.get(name, '')}".split()
        status = cli.run(line, given=cli.Given(stratus.environ, stratus.open))
    assert status == StratusError.status
    assert "the result cannot be written: No space left on device\n  try: df -h\n" in err.getvalue()
