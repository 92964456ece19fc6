"""kill -9 of the real command, dispatcher and agent at their changes of files, over real libvirt: all ends once, and
`stratus doctor` finds nothing.

A shim (tests/faults/shim.c) kills a process at its n-th sync, rename, link or removal below the state directory, so
that a kill is repeatable. It happens on a machine of the tests' own; the guests there need not boot.
"""

import dataclasses
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.tape import shim_environment
from tests.live.cli import Stratus
from tests.live.conftest import make_key
from tests.live.island import Island, island
from tests.live.patience import until

pytestmark = pytest.mark.live

SEED = 7
STATE = "/var/lib/stratus"
REPOSITORY = Path(__file__).parents[2]
COMMAND, DISPATCHER, AGENT = "victim", "--resident", "stratus.nodeagent"  # as their command lines have it
LIVES = 11  # of an instance, with five requests each
VERBS = {  # what is asked for, and where that leads
    "run": ("run tiny --name victim --ram 32 --swap 0", "running"),
    "stop": ("stop --force victim", "stopped"),
    "start": ("start victim", "running"),
    "reboot": ("reboot --hard victim", "running"),
    "kill": ("kill victim", "gone"),
}
REACH = {COMMAND: 12, DISPATCHER: 12, AGENT: 24}  # so many changes or more each of them makes in most requests


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    """Another machine, whose agent is a child of who talks to it, with an image that does not boot."""
    home = tmp_path_factory.mktemp("faults")
    make_key(home / ".ssh" / "id_ed25519")
    (home / "tiny.img").write_bytes(bytes(1024 * 1024))
    with island(home) as bare:
        stratus = _with(bare.stratus, STRATUSLAB_NODE_LINK="local")
        machine = dataclasses.replace(bare, stratus=stratus)
        stratus("install --yes")
        machine.kill(machine.processes(DISPATCHER) + machine.processes(AGENT))
        stratus(f"image import {home}/tiny.img --name tiny")
        yield machine


def test_a_kill_of_command_dispatcher_or_agent_at_any_change_leaves_the_cloud_whole(machine: Island) -> None:
    chance, killed = random.Random(SEED), Counter[str]()
    for life in range(LIVES):
        for number, (verb, (line, goal)) in enumerate(VERBS.items()):
            who = (COMMAND, AGENT, DISPATCHER, AGENT)[(life + number) % 4]
            at = chance.randrange(REACH[who])
            what = f"life {life}: {verb}, {who} killed at change {at}"
            killed[who] += _killed(machine, who, at, line)
            state = _settled(machine, what)
            if state != goal:  # it died before anything was promised
                machine.stratus(line)
                state = _settled(machine, what)
            assert state == goal, what
        said = machine.stratus("doctor -o json", status=None)
        found = [one for one in said.json["findings"] if one["code"] != "dispatcher"]  # there is none, on purpose
        assert found == [], f"after life {life}: {found}"
    assert sum(killed.values()) >= 40 and min(killed[who] for who in REACH) >= 8, killed


def _killed(machine: Island, who: str, at: int, line: str) -> bool:
    """Ask for it while this process is to be killed there; whether it was."""
    once = machine.stratus.home / "once"
    once.touch()
    shim = shim_environment(Path(STATE), SHIM_WHO=who, SHIM_KILL_AT=str(at), SHIM_ONCE=str(once))
    armed = _with(machine.stratus, **{name: shim[name] for name in shim if name.startswith(("SHIM_", "LD_PRELOAD"))})
    if who == DISPATCHER:
        _with_dispatcher(machine, armed, once, line)
    else:
        armed(line, status=None)
        until(
            lambda: not machine.processes(AGENT), deadline_s=30, what="the agent to end with its channel", every_s=0.05
        )
    was_killed = not once.exists()
    once.unlink(missing_ok=True)
    return was_killed


def _with_dispatcher(machine: Island, armed: Stratus, once: Path, line: str) -> None:
    """The same, with a dispatcher that is to be killed: until it was, or nothing is left for it to do."""
    log = (machine.stratus.home / "dispatcher.log").open("wb")
    argv = armed.argv("dispatch --resident")
    with log, subprocess.Popen(argv, env=armed.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
        until(lambda: machine.processes(DISPATCHER) or process.poll() is not None, deadline_s=20, what="a dispatcher")
        machine.stratus(line, status=None)
        until(lambda: not once.exists() or _is_idle(machine), deadline_s=40, what="the dispatcher to be killed or done")
        machine.kill(machine.processes(DISPATCHER))
        process.wait(20)
    machine.kill(machine.processes(AGENT))  # it would wait for reports for another 20 s


def _is_idle(machine: Island) -> bool:
    """Whether the one instance has arrived somewhere."""
    return all(row["state"] in ("running", "stopped", "failed") for row in machine.stratus.rows("describe"))


def _settled(machine: Island, what: str) -> str:
    """The state of the one instance, once all that was promised has ended; it is what libvirt says, too."""
    told = (f"{name}={value}" for name, value in machine.stratus.extra.items())
    script = str(Path(__file__).with_name("settle.py"))
    found = json.loads(machine.run("env", f"PYTHONPATH={REPOSITORY}", *told, sys.executable, script, STATE))
    instances = found["instances"]
    assert found["left"] == found["open"] == [], f"{what}: {found}"
    assert found["domains"] == {f"one-{number}": state == "running" for number, state in instances.items()}, what
    assert found["folders"] == sorted(instances), what
    for number, causes in found["causes"].items():
        counted = Counter(" ".join(cause.partition(":")[0].split()[:2]) for cause in causes)
        for verb in VERBS:
            ended = counted[f"{verb} is"] + counted[f"{verb} failed"]
            assert counted[f"{verb} by"] == ended, f"{what}: instance {number}: {verb} ended {ended} times: {causes}"
    return next(iter(instances.values()), "gone")


def _with(stratus: Stratus, **extra: str) -> Stratus:
    return dataclasses.replace(stratus, extra={**stratus.extra, **extra})
