"""Installing and uninstalling for real, killed and interrupted, on a machine of the test's own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.island import OWN_FOLDERS, Island, island

pytestmark = pytest.mark.live
# An installer that is killed when one or two deeds are done and the next one is in the journal, again and again.
KILLED_AGAIN_AND_AGAIN = """
import os, signal
from stratus.cli import new_session
from stratus.commands.install.ground import ground_of
from stratus.commands.install.wish import hooks_of, wish_of
from stratus.install.apply import install

def some_deeds(most):
    session = new_session()
    ground = ground_of(session)
    wish = wish_of(session, ground.here, frontend=True, node=True, revert_s=60.0)
    begun = []
    def before(deed):
        begun.append(deed)
        if len(begun) > most:
            os.kill(os.getpid(), signal.SIGKILL)
    install(wish, hooks_of(session, ground, wish), say=lambda line: None, before=before)
    os._exit(0)

for attempt in range(100):
    child = os.fork()
    if child == 0:
        some_deeds(1 + attempt % 2)  # some deeds are done each time before another
    if os.waitpid(child, 0)[1] == 0:
        print(attempt)
        break
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Island]:
    """Bare, but for the packages."""
    with island(tmp_path) as machine:
        yield machine


def files(machine: Island) -> set[str]:
    """Everything in the folders that are the machine's own, with owner and mode."""
    found = machine.run("find", *OWN_FOLDERS, "-not", "-type", "s", "-printf", "%M %u:%g %p\\n").splitlines()
    return {line for line in found if "/run/libvirt" not in line and "/libvirt/qemu" not in line}


def network(machine: Island) -> list[str]:
    return [machine.run("ip", "-j", "address"), machine.run("ip", "-j", "route"), machine.run("nft", "list", "ruleset")]


def test_an_installation_that_is_killed_again_and_again_still_ends_and_leaves_nothing(machine: Island) -> None:
    before, wires = files(machine), network(machine)
    killed = machine.run(sys.executable, "-P", "-c", KILLED_AGAIN_AND_AGAIN)
    assert int(killed) > 10
    assert "nothing was changed" in machine.stratus("install --yes").stdout
    assert machine.stratus.rows("node list")

    made = {entry["what"] for entry in machine.stratus("uninstall --plan -o json").json}
    assert made == {"daemon", "instances", "effect", "file", "folder"}  # and no packages: all were there
    interrupt(machine, "stop sshd")
    again = machine.stratus("uninstall --yes -o json").json
    assert "instances" not in {entry["what"] for entry in again}
    assert machine.stratus("uninstall --yes").stdout == "nothing was installed here\n"

    assert files(machine) - before == LEFT
    assert before - files(machine) == set()
    assert network(machine) == wires
    assert not machine.processes("stratus") and not machine.processes("libvirtd")


def interrupt(machine: Island, line: str) -> None:
    """Press Ctrl-C when uninstalling says this."""
    argv = machine.stratus.argv("uninstall --yes")
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=machine.stratus.environ) as process:
        assert process.stderr
        for said in process.stderr:
            if said.startswith(line):
                number = min(machine.processes("-m stratus uninstall"))  # a child looks the same before it is another
                machine.run("kill", "-INT", str(number))
                break
        process.stderr.read()
        assert process.wait(timeout=30) == 130


# What libvirt writes belongs to libvirt.
LEFT = {f"-rw------- root:root /var/log/libvirt/{name}.log" for name in ("libvirtd", "virtlogd")}
