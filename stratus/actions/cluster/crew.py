"""The sessions with the members of a cluster: all are worked on at once, and each fails for itself."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from stratus.drivers.link.protocol import Guests, Shell
from stratus.errors import CommandFailed, StratusError
from stratus.model.cluster import facts
from stratus.model.cluster.facts import Facts
from stratus.model.cluster.members import Member
from stratus.model.cluster.plan import Stage
from stratus.model.cluster.steps import GuestStep
from stratus.model.guest import GuestLogin

T = TypeVar("T")
AT_ONCE = 32
Failures = dict[Member, StratusError]


class Crew:
    """The members with whom there is a session. To be closed, which ends what still runs."""

    def __init__(self, guests: Guests, login: Callable[[Member], GuestLogin]) -> None:
        self._guests, self._login = guests, login
        self._shells: dict[int, Shell] = {}
        self._workers = ThreadPoolExecutor(AT_ONCE)

    def look(self, members: Sequence[Member]) -> tuple[dict[int, Facts], Failures]:
        """What the members are like, and who cannot be asked."""
        found, failures = self._each({one: partial(self._facts, one) for one in members})
        return {one.id: facts for one, facts in found.items()}, failures

    def carry_out(self, stage: Stage) -> Failures:
        """Do all of the stage; who failed, and why."""
        return self._each({one: partial(self._do, one, todo) for one, todo in stage.deeds})[1]

    def close(self) -> None:
        """End the sessions."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        for shell in list(self._shells.values()):
            shell.close()

    def _each(self, work: Mapping[Member, Callable[[], T]]) -> tuple[dict[Member, T], Failures]:
        futures = {one: self._workers.submit(todo) for one, todo in work.items()}
        found, failures = {}, Failures()
        for one, future in futures.items():
            try:
                found[one] = future.result()
            except StratusError as error:
                failures[one] = error
        return found, failures

    def _facts(self, one: Member) -> Facts:
        ran = self._shell(one).run(("sh", "-c", facts.SCRIPT), say=_nothing)
        return facts.parse(one.name, ran.output)

    def _do(self, one: Member, todo: Sequence[GuestStep]) -> None:
        shell, admin = self._shell(one), self._login(one).user
        for step in todo:
            said: list[str] = []
            ran = shell.run(step.typed(admin), input=step.input, say=said.append, timeout_s=step.timeout_s)
            if ran.status != 0:
                last = next((line for line in reversed(said) if line.strip()), f"status {ran.status}")
                raise CommandFailed(f"{step.what}: {last}")

    def _shell(self, one: Member) -> Shell:
        if one.id not in self._shells:
            self._shells[one.id] = self._guests.log_in(self._login(one))
        return self._shells[one.id]


def _nothing(_: str) -> None:
    """What a member says while it is asked does not matter."""
