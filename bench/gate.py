"""The rows about the gate: what a user on another machine waits for, with a connection that is open and with a new one.

The gate's program behind a real sshd on this machine, so that the network costs nothing; whose key it is stands in a
file here, where the gate's own sshd asks the ledger (another 0.1 s of a new connection)."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ledgers
from bench.command_line import silently
from bench.measure import Deed, Pairs, in_turn
from bench.row import ROOT, STRATUS, CannotRun, Effort, Row
from stratus.actions import records
from stratus.drivers.gate.gates import SshGates
from stratus.drivers.gate.ssh import hang_up
from stratus.model.endpoint import Endpoint
from stratus.model.role import Role
from stratus.model.user import User, keys_of
from tests.drivers.link.sshd import Sshd

_GATE = str(ROOT / "bin" / "stratus-gate")
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Far:
    """A user's machine: `stratus describe` there, and the end of its open connection."""

    environ: dict[str, str]
    state_dir: Path
    home: Path

    @property
    def describe(self) -> Deed:
        """Type it there."""
        return silently((STRATUS, "describe"), self.environ)

    def hang_up(self) -> None:
        """End the connection that was kept for the next command, and have the next look need no node."""
        for path in (self.home / ".stratuslab/ssh").iterdir():
            if path.is_socket():
                hang_up(str(path))
        ledgers.look_again(self.state_dir)


def _warm(effort: Effort) -> Pairs:
    """An open connection, against a new one."""
    with _gate(effort, 20) as (warm, cold):
        return in_turn(warm.describe, cold.describe, effort.rounds(21), tidy=cold.hang_up)


def _through(effort: Effort) -> Pairs:
    """20 instances, against the same on the front end itself."""
    return _against_here(effort, 20, effort.rounds(21))


def _long(effort: Effort) -> Pairs:
    """10,000 instances, against the same on the front end itself."""
    return _against_here(effort, 10_000, effort.rounds(7))


def _against_here(effort: Effort, running: int, rounds: int) -> Pairs:
    with _gate(effort, running) as (warm, cold):
        here = silently((STRATUS, "describe"), ledgers.environ(warm.state_dir))
        return in_turn(warm.describe, here, rounds, tidy=lambda: ledgers.look_again(cold.state_dir))


@contextmanager
def _gate(effort: Effort, running: int) -> Iterator[tuple[Far, Far]]:
    """Two machines of one user who sees so many instances through a gate."""
    if not shutil.which("/usr/sbin/sshd"):
        raise CannotRun("sshd is not installed (bin/bootstrap --bench)")
    state_dir = ledgers.furnish(effort.folder / "front-end", running=running, nodes=20)
    (state_dir / "stratuslab.cfg").write_text(f"[general]\nstate_dir = {state_dir}\n")
    sshd = Sshd(effort.folder / "sshd")
    homes = [Path(tempfile.mkdtemp(prefix="h")) for _ in range(2)]  # short names: a socket is made in each
    try:
        keys = keys_of(Path(f"{sshd.private_key}.pub").read_text(), added_s=0.0)
        ledger = ledgers.ledger_of(state_dir)
        ledger.commit([records.put_user(User("alice", Role.OPERATOR, keys=keys), 0)])
        ledger.commit([records.put_key(keys[0].fingerprint, "alice")])
        ledger.close()
        place = f"STRATUSLAB_CONFIG_DIR={state_dir}"
        sshd.authorise(("env", place, _GATE, "serve", "--user", "alice", "--key", keys[0].fingerprint))
        first, second = (_far(home, sshd, state_dir) for home in homes)
        yield first, second
        second.hang_up()
    finally:
        sshd.stop()
        for home in homes:
            shutil.rmtree(home)


def _far(home: Path, sshd: Sshd, state_dir: Path) -> Far:
    place = Endpoint("127.0.0.1", sshd.port, sshd.user)
    gates = SshGates(home / ".stratuslab/ssh")
    gates.pin(place, gates.shown(place, timeout_s=_PATIENCE_S))
    environ = {**ledgers.environ(state_dir), "HOME": str(home), "STRATUSLAB_CONFIG_DIR": str(home)}
    return Far({**environ, "STRATUSLAB_ENDPOINT": str(place), "STRATUSLAB_GATE_KEY": sshd.private_key}, state_dir, home)


ROWS = (
    Row("gate", "stratus describe through the gate", "on the front end itself", 4, _through),
    Row("gate-listing", "the same, 10,000 instances", "on the front end itself", 3, _long),
    Row("gate-warm", "stratus describe through the gate", "with a new connection", 0.8, _warm),
)
