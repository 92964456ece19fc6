"""burnin: make, reboot, stop, start and kill instances of its own, all at once, and judge each verb."""

from collections.abc import Callable
from dataclasses import dataclass, field

from stratus.actions import access, dispatch, records
from stratus.actions.doctor import doctor
from stratus.actions.kill import kill
from stratus.actions.reboot import reboot
from stratus.actions.run import run
from stratus.actions.start import start
from stratus.actions.stop import stop
from stratus.cloud import Cloud
from stratus.drivers.images.protocol import Progress
from stratus.errors import BadInput
from stratus.model.burnin import Burnin, verdict
from stratus.model.context.values import ContextRequest
from stratus.model.instance import Instance
from stratus.model.requests import (
    Actor,
    BurninRequest,
    DoctorRequest,
    KillRequest,
    RebootRequest,
    RunRequest,
    StartRequest,
    StopRequest,
)
from stratus.model.states import State
from stratus.model.views import Accepted

VERBS = ("run", "reboot", "stop", "start", "kill")
GOALS = {"run": State.RUNNING, "reboot": State.RUNNING, "start": State.RUNNING, "stop": State.STOPPED}
LOOK_S = 0.1
SSH_S = 0.5
ENDING_S = 120.0
RAM_MIB = 128


def burnin(cloud: Cloud, request: BurninRequest, actor: Actor, progress: Progress) -> Burnin:
    """The verdicts. Whatever happens, Ctrl-C too, its instances are ended. Raises NotFound, NoCapacity, BadInput."""
    if request.count < 1 or request.rounds < 1:
        raise BadInput("at least one instance and one round", hint="stratus burnin --count 2 --rounds 1")
    trial = _Trial(cloud, request, actor, progress, f"burnin-{cloud.new_uuid()[:4]}")
    try:
        for number in range(1, request.rounds + 1):
            trial.round(number)
    finally:
        left = trial.end()
    verdicts = tuple(verdict(verb, trial.times_s[verb], trial.troubles[verb]) for verb in VERBS)
    progress("doctor", 0, 0)
    return Burnin(verdicts, left, doctor(cloud, DoctorRequest(), actor))


@dataclass
class _Trial:
    """What was tried so far, on instances whose names begin with `prefix`."""

    cloud: Cloud
    request: BurninRequest
    actor: Actor
    progress: Progress
    prefix: str
    times_s: dict[str, list[float]] = field(default_factory=lambda: {verb: [] for verb in VERBS})
    troubles: dict[str, dict[str, str]] = field(default_factory=lambda: {verb: {} for verb in VERBS})

    def round(self, number: int) -> None:
        """Every verb once. An instance that did not arrive somewhere is not asked for more, but is killed."""
        living: tuple[int, ...] = ()
        for verb in VERBS[:-1]:
            living = self._verb(number, verb, lambda verb=verb, living=living: self._ask(number, verb, living))  # type: ignore[misc]
        everything = tuple(instance.id for instance in self._ours())
        if everything:
            self._verb(number, "kill", lambda: kill(self.cloud, KillRequest(_words(everything)), self.actor))

    def end(self) -> tuple[str, ...]:
        """End what is left of ours; the names of those that did not end."""
        targets = _words(tuple(instance.id for instance in self._ours()))
        if targets:
            kill(self.cloud, KillRequest(targets), self.actor)
            self._arrivals("kill", [int(target) for target in targets], self.cloud.monotonic(), ENDING_S)
        return tuple(instance.name for instance in self._ours())

    def _ask(self, number: int, verb: str, living: tuple[int, ...]) -> Accepted:
        cloud, actor, targets = self.cloud, self.actor, _words(living)
        if verb == "run":
            return run(cloud, self._wish(number), actor, self.progress)
        if verb == "reboot":
            return reboot(cloud, RebootRequest(targets), actor)
        if verb == "stop":
            return stop(cloud, StopRequest(targets), actor)
        return start(cloud, StartRequest(targets), actor)

    def _wish(self, number: int) -> RunRequest:
        wanted = self.request
        return RunRequest(
            wanted.image,
            ContextRequest(),
            ram_mib=RAM_MIB,
            swap_mib=0,
            count=wanted.count,
            name=f"{self.prefix}-{number}",
            nodes=wanted.nodes,
        )

    def _verb(self, number: int, verb: str, ask: Callable[[], Accepted]) -> tuple[int, ...]:
        """Ask for it, and wait until all have arrived: who did."""
        self.progress(f"round {number}: {verb}", 0, 0)
        began_s = self.cloud.monotonic()
        accepted = ask()
        dispatch.nudge(self.cloud)
        ids = [instance.id for instance in accepted.instances]
        times, troubles = self._arrivals(verb, ids, began_s, self.request.timeout_s)
        self.times_s[verb] += times.values()
        self.troubles[verb] |= troubles
        return tuple(times)

    def _arrivals(
        self, verb: str, ids: list[int], began_s: float, timeout_s: float
    ) -> tuple[dict[int, float], dict[str, str]]:
        """How long each took to arrive, by id; and why others did not, by name."""
        cloud, times, troubles = self.cloud, dict[int, float](), dict[str, str]()
        missing = list(ids)
        while missing:
            for one in [access.find_any(cloud, self.actor, str(number)) for number in missing]:
                late = cloud.monotonic() - began_s > timeout_s
                if self._is_there(verb, one):
                    times[one.id] = cloud.monotonic() - began_s
                elif late or self._is_lost(verb, one):
                    troubles[one.name] = f"{verb}: {one.error or f'still {one.state} after {timeout_s:.0f} s'}"
                else:
                    continue
                missing.remove(one.id)
            if missing:
                self._pass_time()
        return times, troubles

    def _is_there(self, verb: str, one: Instance) -> bool:
        if one.order or one.state is not GOALS.get(verb, State.DONE):
            return False
        # After a reboot it may be the life before that answers.
        asks = self.request.ssh and verb in ("run", "start")
        return not asks or self.cloud.reach.ssh_answers(one.lease.address, timeout_s=SSH_S)

    def _is_lost(self, verb: str, one: Instance) -> bool:
        return not one.order and one.state is not GOALS.get(verb, State.DONE)

    def _pass_time(self) -> None:
        began_s, seen = self.cloud.monotonic(), self.cloud.ledger.revision()
        dispatched = dispatch.pump(self.cloud, wait_s=LOOK_S)
        if not dispatched or self.cloud.monotonic() - began_s < LOOK_S / 2:
            self.cloud.ledger.changes(seen, timeout_s=LOOK_S)

    def _ours(self) -> list[Instance]:
        return [one for one in records.instances(self.cloud.ledger) if one.name.startswith(f"{self.prefix}-")]


def _words(ids: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(map(str, ids))
