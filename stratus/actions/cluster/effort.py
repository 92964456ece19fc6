"""run_cluster: start the members, wait for them, put them together; what fails is cleaned up or done without, as asked.

All that concerns the cloud is asked for by ordinary requests, so that it may be somewhere else; members are worked on
with the keys of the user, from where the user is."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from stratus.actions.cluster.crew import Crew, Failures
from stratus.drivers.link.protocol import Guests
from stratus.errors import Conflict, DeadlineExceeded, NotFound, StratusError, UsageError
from stratus.model.cluster import plan
from stratus.model.cluster.members import Member, numbered
from stratus.model.cluster.view import ClusterView, Lost, member_of
from stratus.model.cluster.wish import ClusterRequest, check
from stratus.model.guest import GuestLogin, KeyPair
from stratus.model.instance import Instance
from stratus.model.requests import DescribeRequest, KillRequest, Request, RunRequest, WaitRequest

T = TypeVar("T")
LAST_S = 5.0  # what a member is waited for when those before it have used the time up
KILLED_S = 60.0
_HINTS = {
    True: "--keep leaves it to be looked at, --tolerate-failures does without what fails",
    False: "when it is mended: the same with --resume",
}
LoginOf = Callable[[Instance], GuestLogin]


class Ask(Protocol):
    """Has a request performed, here or elsewhere."""

    def __call__(self, request: Request[T], /) -> T:
        """The answer."""
        ...


class Hearer(Protocol):
    """Who is told how far it has come."""

    def step(self, title: str) -> None:
        """What is done now."""
        ...

    def started(self, instances: Sequence[Instance]) -> None:
        """The instances that were started."""
        ...

    def answered(self, members: Sequence[Member]) -> None:
        """The members, all of which let us in; the master first."""
        ...

    def lost(self, lost: Lost) -> None:
        """A member that the cluster will do without."""
        ...

    def ended(self, text: str) -> None:
        """What became of the instances of a cluster that failed."""
        ...


def run_cluster(
    ask: Ask,
    guests: Guests,
    request: ClusterRequest,
    login: LoginOf,
    hear: Hearer,
    monotonic: Callable[[], float],
) -> ClusterView:
    """The cluster, working. What it started is killed when it fails or is interrupted, unless told to keep it.

    Raises what its requests raise; DeadlineExceeded, NodeUnreachable and CommandFailed for members."""
    check(request.wish)
    began_s = monotonic()
    effort = _Effort(ask, guests, request, login, hear, monotonic)
    try:
        effort.start()
        effort.arrive("running", "Waiting for all cluster VMs to be instantiated...")
        effort.arrive("ssh", "Waiting for all instances to become accessible...")
        members = effort.put_together()
    except BaseException as failure:
        left, killed = effort.clean_up()
        if isinstance(failure, StratusError) and left:
            raise type(failure)(f"{failure.message}; {left}", hint=failure.hint or _HINTS[killed]) from failure
        hear.ended(left)
        raise
    return ClusterView(members, tuple(effort.losses), monotonic() - began_s)


def names_of(run: RunRequest) -> tuple[str, ...]:
    """What the instances of a request are called."""
    if run.count == 1:
        return (run.name,)
    return tuple(f"{run.name}-{number}" for number in range(1, run.count + 1))


class _Effort:
    """One attempt: who is there, who of them was started by it, and who was lost."""

    def __init__(
        self,
        ask: Ask,
        guests: Guests,
        request: ClusterRequest,
        login: LoginOf,
        hear: Hearer,
        monotonic: Callable[[], float],
    ) -> None:
        self._ask, self._guests, self._request, self._hear = ask, guests, request, hear
        self._login, self._monotonic = login, monotonic
        self._there: dict[int, Instance] = {}  # in the order of the cluster
        self._ours: dict[int, str] = {}  # what was started here and not killed
        self._master = ""  # the name of one that was not started here
        self._starting: tuple[str, ...] = ()  # the names of what may have been started without our knowing
        self.losses: list[Lost] = []

    def start(self) -> None:
        """Have all instances; those that are there already may be members."""
        run = self._request.run
        if self._request.resume and not run.name:
            raise UsageError("--resume needs the cluster's name", hint="--name, as it was when the cluster was started")
        if self._request.master:
            (master,) = self._ask(DescribeRequest((self._request.master,)))
            self._there[master.instance.id] = master.instance
            self._master = master.instance.name
        names = names_of(run)
        have = {name: instance for name in names if (instance := self._existing(name))}
        if have and not self._request.resume:
            raise Conflict(f"the name {next(iter(have))} is taken", hint="choose another --name, or: --resume")
        self._starting = tuple(name for name in names if name not in have)
        for each in [replace(run, name=name, count=1) for name in self._starting] if have else [run]:
            have |= {instance.name: instance for instance in self._run(each)}
        self._starting = ()
        for name in names:
            self._there[have[name].id] = have[name]
        self._hear.started([self._there[number] for number in self._ours])

    def arrive(self, until: str, title: str) -> None:
        """Wait until all members are there, or are lost."""
        self._hear.step(title)
        request = self._request
        deadline = self._monotonic() + request.timeout_s
        for one in list(self._there.values()):
            left_s = max(deadline - self._monotonic(), min(LAST_S, request.timeout_s))
            try:
                (waited,) = self._ask(WaitRequest((str(one.id),), until, left_s))
                self._there[one.id] = waited.instance
            except DeadlineExceeded:
                what = "answer SSH" if until == "ssh" else "run"
                text = f"{one.name} ({one.lease.address}) did not {what} within {request.timeout_s:g} s"
                self._lose(one.id, DeadlineExceeded(text))
            except StratusError as error:  # what it tells to try is about an instance that may be gone by then
                self._lose(one.id, type(error)(f"{one.name}: {error.message}"))

    def put_together(self) -> tuple[Member, ...]:
        """The cluster's members, the master first. Each time that one is lost it is begun again without it."""
        key = self._guests.new_key(f"cluster {self._request.run.name}")
        crew = Crew(self._guests, lambda one: self._login(self._there[one.id]))
        try:
            while True:
                members = numbered([member_of(one) for one in self._there.values()])
                failures = self._attempt(crew, members, key)
                if not failures:
                    return members
                for one, error in failures.items():
                    self._lose(one.id, type(error)(f"{one.name}: {error.message}"))
        finally:
            crew.close()

    def clean_up(self) -> tuple[str, bool]:
        """Kill what was started here; what to say of it, and whether all of it is gone."""
        try:
            strays = [one for name in self._starting if (one := self._existing(name))]
        except StratusError as error:
            names = " ".join((*self._ours.values(), *self._starting))
            return f"what was started may still be there: stratus kill {names} ({error.message})", False
        self._ours |= {one.id: one.name for one in strays}
        if not self._ours:
            return "", True
        names = " ".join(self._ours.values())
        if self._request.keep:
            return f"what was started is left as it is: stratus kill {names}", False
        remains = f"what was started may still be there: stratus kill {names}"
        try:
            self._kill(tuple(map(str, self._ours)))
        except StratusError as error:
            return f"{remains} ({error.message})", False
        except BaseException:
            self._hear.ended(remains)
            raise
        return f"what was started was killed: {names}", True

    def _attempt(self, crew: Crew, members: tuple[Member, ...], key: KeyPair) -> Failures:
        wish = self._request.wish
        known, failures = crew.look(members)
        if failures:
            return failures
        self._hear.answered(members)
        install = plan.packages(members, known, wish)
        if install is not None:
            self._hear.step(install.title)
            failures = crew.carry_out(install)
            if failures:
                return failures
            known, failures = crew.look(members)
            if failures:
                return failures
        title = ""
        for stage in plan.stages(members, known, wish, key):
            if stage.title != title:
                title = stage.title
                self._hear.step(title)
            failures = crew.carry_out(stage)
            if failures:
                return failures
        return {}

    def _lose(self, number: int, error: StratusError) -> None:
        """Do without a member. Raises the error when that may not be."""
        one = self._there[number]
        if not self._request.tolerate or one.name == self._master:
            raise error
        if len(self._there) == 1:
            raise type(error)(f"no member of the cluster is left: {error.message}", hint=error.hint)
        del self._there[number]
        kill = number in self._ours and not self._request.keep
        if kill:
            self._ask(KillRequest((str(number),)))
            del self._ours[number]
        lost = Lost(member_of(one), error.message, killed=kill)
        self.losses.append(lost)
        self._hear.lost(lost)

    def _run(self, request: RunRequest) -> tuple[Instance, ...]:
        instances = self._ask(request).instances
        self._ours |= {instance.id: instance.name for instance in instances}
        return instances

    def _existing(self, name: str) -> Instance | None:
        try:
            (view,) = self._ask(DescribeRequest((name,)))
        except NotFound:
            return None
        return view.instance

    def _kill(self, targets: tuple[str, ...]) -> None:
        self._ask(KillRequest(targets))
        self._ask(WaitRequest(targets, "done", KILLED_S))
