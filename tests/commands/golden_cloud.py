"""A cloud whose every answer is the same each time: for the transcripts in golden/.

Time stands still within a command and goes on by a minute between two; a node has done all that it was told before it
answers; identifiers are counted; the folder of the site is shown under one name."""

import base64
import dataclasses
import io
import itertools
import random
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stratus import __version__, cli
from stratus.actions.node import enroll
from stratus.actions.term import LEASE
from stratus.cloud import Cloud, settings_of
from stratus.commands.front_door import take_apart
from stratus.config.sources import Sources
from stratus.drivers.audit.memory import MemoryAudit
from stratus.drivers.gate.played import PlayedGates
from stratus.drivers.ledger.sqlite import SqliteLedger
from stratus.drivers.link.memory import Fault, MemoryLink
from stratus.drivers.link.memory_guests import LIKE_THE_APPLIANCE
from stratus.model.node import HostKey, Ran
from stratus.model.requests import EnrolRequest
from stratus.model.user import fingerprint_of
from tests.commands.conftest import Said, Terminal
from tests.commands.played_machine import Played
from tests.commands.stratuslab.conftest import Old
from tests.drivers.gate.front_end import serving
from tests.memory_cloud import MemoryCloud, MemoryNode

SHOWN = "/the/folder/of/this/golden/cloud"  # as long as the real one, so that columns stay where they are
MADE_OF_A_PATH = re.compile(r"(?<=/work/)[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
AS_MANY_AS_THERE_ARE_KEYS = re.compile(r"\(\d{3} lines\)")
BEGINNING_S = 1262304000.0  # of the year 2010
MINUTE_S, TICK_S = 60.0, 1e-6
NO_TEXT = "\udcff"  # a byte that is no UTF-8, as Python has it; typed as $'\\xff'
DISK_MIB = 100_000
SITE = "[nat]\nnat = True\nnat_network = 172.30.16.0\n"


class AtOnce(Executor):
    """Carries out what it is handed before it gives it back."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        fn(*args, **named)
        return Future()


@contextmanager
def answering(lines: Sequence[str]) -> Iterator[None]:
    """Standard input is these lines meanwhile, and no terminal."""
    before, sys.stdin = sys.stdin, io.StringIO("".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        sys.stdin = before


class Golden(Terminal):
    """A user's shell on a cloud whose answers are exact; what the configuration's files say of the site counts."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now_s = BEGINNING_S
        self._ticks, self._identifiers, self._owners, self._requests = (itertools.count(1) for _ in range(4))
        self._typed: Sequence[str] = ()
        (folder / "etc").mkdir()
        (folder / "etc" / "stratuslab.cfg").write_text(SITE)
        self.environ = {**self.environ, "STRATUSLAB_STATE_DIR": str(folder / "state"), "TMPDIR": str(folder)}
        self.old = Old(self)
        self.machine: Played | None = None
        self.old = Old(self)
        self.monotonic = lambda: 0.0

    def type(self, line: str, answers: Sequence[str] = ()) -> Said:
        """Type a line: a command of ours, one of StratusLab's, or `cat FILE`. `answers` are to what it asks."""
        program, *words = shlex.split(line.replace(SHOWN, str(self.folder)).replace(r"$'\xff'", NO_TEXT))
        self.now_s += MINUTE_S
        random.seed(0)
        if program == "cat":
            said = Said(Path(words[0]).read_text(), "", 0)
        elif program == "stratus":
            with answering(answers):
                said = self.words(*words)
        else:
            self.old.answers = list(answers)
            said = self.old.words(program.removeprefix("stratus-"), *words)
        return Said(self._exact(said.out), self._exact(said.err), said.status)

    def words(self, *words: str) -> Said:
        self._typed = words
        return super().words(*words)

    def open(self) -> Cloud:
        options = take_apart(cli.main, self._typed).options
        overrides = dict(text.partition("=")[::2] for text in options.get("settings") or ())
        settings = settings_of(Sources(self.environ, overrides).load())
        return dataclasses.replace(super().open(), settings=settings)

    def new_ledger(self) -> SqliteLedger:
        return SqliteLedger(self.ledger, clock=self._clock)

    def new_site(self) -> MemoryCloud:
        site = MemoryCloud(self.folder, ledger=self.new_ledger(), clock=self._clock, pool=lambda count: AtOnce())
        site.cloud = dataclasses.replace(
            site.cloud,
            monotonic=self._monotonic,
            pause=lambda seconds: None,
            owner=lambda: f"owner{next(self._owners)}",
            new_uuid=lambda: f"00000000-0000-4000-8000-{next(self._identifiers):012}",
            audit=MemoryAudit(),  # nothing was asked before the first line
            new_request=self.new_request,
        )
        for name, node in site.nodes.items():
            node.link = exact_link(node)
            enroll(site.cloud, EnrolRequest(name, way="memory"))
        return site

    def new_request(self) -> str:
        return f"@golden{next(self._requests):010}"

    def close(self) -> None:
        if self.machine:
            self.machine.node.close()
        super().close()

    def event(self, words: str) -> None:
        """Something that happens to the site between two lines."""
        name, _, rest = words.partition(" ")
        EVENTS[name](self, rest)

    def _clock(self) -> float:
        return self.now_s

    def _monotonic(self) -> float:
        return next(self._ticks) * TICK_S

    def _exact(self, text: str) -> str:
        text = text.replace(str(self.folder), SHOWN).replace(__version__, "VERSION")
        text = AS_MANY_AS_THERE_ARE_KEYS.sub("(MANY lines)", text)
        text = re.sub(r"\bcluster-[0-9a-f]{4}\b", "cluster-XXXX", text)  # the name of one that was given none
        return MADE_OF_A_PATH.sub("MADE-OF-A-PATH", text)


def exact_link(node: MemoryNode) -> MemoryLink:
    """A link to a node that has the same disk everywhere, and has done what it was told when it answers."""
    real = node.agent.methods()

    def hello(params: dict[str, Any]) -> dict[str, Any]:
        return {**real["hello"](params), "disk_mib": DISK_MIB}

    def submit(params: dict[str, Any]) -> dict[str, Any]:
        answer = real["submit"](params)
        while node.inbox.bodies(limit=1):
            node.worker.wait(0.01, node.worker.heard())
        return answer

    def console(words: tuple[str, ...]) -> int:
        sys.stdout.write(f"({node.name} gives this terminal to: {' '.join(words)})\n")
        return 0

    methods = {**real, "hello": hello, "submit": submit}
    return MemoryLink(methods, node=node.name, terminal=console, sleep=lambda seconds: None)


def _node(golden: Golden, rest: str) -> None:
    """`node node1 silent`, `unreachable` or `well`."""
    name, _, fault = rest.partition(" ")
    golden.site.nodes[name].link.fault = None if fault == "well" else Fault(fault)


def _machine(golden: Golden, rest: str) -> None:
    """`machine` is there at 10.0.0.2; `machine off`; `machine fails STATUS`: the installer is not started there."""
    if rest == "off":
        del golden.site.cloud.machines.keys["10.0.0.2"]
    elif rest:
        golden.site.cloud.machines.plays["10.0.0.2"] = lambda argv, input, say: Ran(int(rest.split()[1]), "")
    else:
        golden.machine = Played(golden.site)
        golden.machine.node.link = exact_link(golden.machine.node)


def _survey(golden: Golden, rest: str) -> None:
    """`survey memory_mib 512`: what the machine to install on is found to be."""
    name, _, number = rest.partition(" ")
    golden.ground.surveyed = dataclasses.replace(golden.ground.surveyed, **{name: int(number)})


def _write(golden: Golden, rest: str) -> None:
    r"""`write home/ids.txt 1\n2`."""
    name, _, text = rest.partition(" ")
    path = golden.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(r"\n", "\n") + "\n")


def _gate(golden: Golden, rest: str) -> None:
    """`gate HOST` answers; `gate HOST another`: with another host key; `gate HOST keyless`: nobody; `gate HOST off`."""
    host, _, how = rest.partition(" ")
    place = f"ssh://{host}"
    golden.gates = golden.gates or PlayedGates({}, {}, new_id=golden.new_request)
    if how == "off":
        del golden.gates.serving[place], golden.gates.keys[place]
        return
    if how != "keyless":
        blob = base64.b64encode(f"{host} {how}".encode()).decode()
        golden.gates.keys[place] = HostKey("ssh-ed25519", blob, fingerprint_of(blob))
    golden.gates.serving[place] = (
        None if how == "keyless" else serving(golden.open, f"{golden.folder}/uploads", "alice")
    )


def _like(address: str, what: str) -> tuple[str, str]:
    """A guest there that lacks a program, or has one more (`has NAME`)."""
    if what.startswith("has "):
        return address, f"{what}\n{LIKE_THE_APPLIANCE}"
    return address, LIKE_THE_APPLIANCE.replace(f"has {what}\n", "")


EVENTS: Mapping[str, Callable[[Golden, str], object]] = {
    "node": _node,
    "gate": _gate,
    "machine": _machine,
    "breaks": lambda golden, part: setattr(golden.ground, "breaks", part),
    "survey": _survey,
    "bare": lambda golden, machine: shutil.rmtree(golden.folder / "etc"),
    "keyless": lambda golden, front_end: setattr(golden.site.cloud.machines, "own_key", ""),
    "write": _write,
    "broken": lambda golden, text: setattr(golden.site.nodes["node1"].hypervisor, "broken", text),
    "cut": lambda golden, text: setattr(golden.site.sources, "broken", text),
    "crash": lambda golden, domain: golden.site.nodes["node1"].hypervisor.crash(domain),
    "power": lambda golden, lost: golden.site.nodes["node1"].hypervisor.lose_power(),
    "deaf": lambda golden, guests: setattr(golden.site.reach, "answering", set()),
    "answering": lambda golden, addresses: setattr(golden.site.reach, "answering", set(addresses.split())),
    "shut": lambda golden, address: golden.guests.shut.add(address),
    "failing": lambda golden, pair: golden.guests.failing.update([pair.split(" ", 1)]),  # type: ignore[list-item]
    "like": lambda golden, pair: golden.guests.like.update([_like(*pair.split(" ", 1))]),
    "dispatcher": lambda golden, runs: golden.site.cloud.ledger.acquire(LEASE, "another", 1e9),
    "ssh": lambda golden, statuses: golden.old.ssh.extend(map(int, statuses.split())),
    "environ": lambda golden, pair: golden.environ.update([pair.split("=", 1)]),  # type: ignore[attr-defined]
    "later": lambda golden, seconds: setattr(golden, "now_s", golden.now_s + float(seconds)),
}
