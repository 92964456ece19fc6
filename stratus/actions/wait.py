"""wait: until instances are where they are awaited; giving up changes nothing and says which phase it was."""

from collections.abc import Callable

from stratus.actions import access, dispatch
from stratus.cloud import Cloud
from stratus.errors import BadInput, DeadlineExceeded, StratusError
from stratus.model.instance import Instance
from stratus.model.requests import Actor, WaitRequest
from stratus.model.sandbox import no_guest
from stratus.model.states import SETTLED, State
from stratus.model.views import Phase, Waited

POLL_S = 0.25
LOOK_AGAIN_S = 2.0
GOING_DOWN_S = 20.0
Tell = Callable[[str, Instance, float], None]  # (phase, instance, seconds in it so far)


def wait(cloud: Cloud, request: WaitRequest, actor: Actor, tell: Tell) -> tuple[Waited, ...]:
    """The instances, arrived, with the time spent in each phase. `tell` is called as time passes.

    Raises StratusError when one ends elsewhere (its own error and fix), DeadlineExceeded naming the phase."""
    if request.until != "ssh" and request.until not in list(State):
        raise BadInput(f"cannot wait for {request.until!r}", hint=f"ssh, or one of: {', '.join(State)}")
    if request.until == "ssh" and not cloud.settings.guests:
        raise no_guest()
    ids = [access.find_any(cloud, actor, target).id for target in request.targets]
    deadline = cloud.monotonic() + request.timeout_s
    return tuple(_Watch(cloud, actor, instance_id, request, deadline, tell).arrive() for instance_id in ids)


class _Watch:
    """The wait for one instance: its present phase and those behind it."""

    def __init__(
        self, cloud: Cloud, actor: Actor, instance_id: int, request: WaitRequest, deadline: float, tell: Tell
    ) -> None:
        self._cloud, self._actor, self._id, self._tell = cloud, actor, instance_id, tell
        self._request, self._deadline = request, deadline
        self._phases: list[Phase] = []
        self._phase, self._since = "", cloud.monotonic()

    def arrive(self) -> Waited:
        """The instance where it is awaited."""
        wanted = State.RUNNING if self._request.until == "ssh" else State(self._request.until)
        while True:
            seen = self._cloud.ledger.revision()
            instance = access.find_any(self._cloud, self._actor, str(self._id))
            self._enter(instance.state.value, instance)
            if instance.state is wanted and not instance.order:
                break
            self._check(instance, wanted)
            if not instance.order:  # what is awaited can only be seen on the node
                dispatch.refresh(self._cloud, older_than_s=LOOK_AGAIN_S)
            began = self._cloud.monotonic()
            waited = (
                dispatch.pump(self._cloud, instance.node, wait_s=POLL_S)
                and self._cloud.monotonic() - began >= POLL_S / 2
            )
            if not waited:  # a dispatcher runs, or there is nothing to ask a node for, or it does not answer
                self._cloud.ledger.changes(seen, timeout_s=POLL_S)
        if self._request.until == "ssh":
            if self._request.after_reboot:
                self._await_silence(instance)
            self._await_ssh(instance)
        self._enter("", instance)
        return Waited(instance, tuple(self._phases))

    def _await_silence(self, instance: Instance) -> None:
        """Until the SSH server of the life before is gone; a guest that reboots faster than we look is let pass."""
        began = self._cloud.monotonic()
        while self._cloud.monotonic() - began < GOING_DOWN_S:
            self._enter("going down", instance)
            if not self._cloud.reach.ssh_answers(instance.lease.address, timeout_s=1.0):
                return
            self._cloud.pause(POLL_S / 2)

    def _await_ssh(self, instance: Instance) -> None:
        while True:
            self._enter("ssh", instance)
            if self._cloud.reach.ssh_answers(instance.lease.address, timeout_s=1.0):
                return
            self._check(access.find_any(self._cloud, self._actor, str(self._id)), State.RUNNING)
            self._cloud.pause(POLL_S / 2)

    def _check(self, instance: Instance, wanted: State) -> None:
        """Raise when it cannot arrive any more, or the time is over."""
        # One that runs as it should may yet power itself off; one that was to stop and could not says so.
        waits = instance.state is State.RUNNING and not instance.error and wanted is not State.RUNNING
        if instance.state in SETTLED and instance.state is not wanted and not instance.order and not waits:
            raise StratusError(
                f"instance {instance.id} is {instance.state}, not {wanted}: {instance.error or 'nothing is under way'}",
                hint=instance.fix or f"stratus why {instance.id}",
            )
        if self._cloud.monotonic() > self._deadline:
            raise DeadlineExceeded(
                f"instance {instance.id} is still in {self._phase} after {self._request.timeout_s:g} s "
                f"({self._spent()}); it was left as it is",
                hint=f"stratus why {instance.id}",
            )

    def _spent(self) -> str:
        """The time in each phase so far, the one that goes on included."""
        now = Phase(self._phase, self._cloud.monotonic() - self._since)
        return ", ".join(phase.text for phase in (*self._phases, now))

    def _enter(self, phase: str, instance: Instance) -> None:
        now = self._cloud.monotonic()
        if phase != self._phase:
            if self._phase:
                self._phases.append(Phase(self._phase, now - self._since))
            self._phase, self._since = phase, now
        if phase:
            self._tell(phase, instance, now - self._since)
