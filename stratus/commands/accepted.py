"""What verbs that change instances show: the plan, or the instances, once they are where they are awaited."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from stratus import output
from stratus.commands.session import Session
from stratus.model.listing import Listing, Look
from stratus.model.requests import WaitRequest
from stratus.model.states import State

if TYPE_CHECKING:
    from stratus.model.instance import Instance
    from stratus.model.views import Accepted, Waited

_FIELDS: "Mapping[str, Callable[[Waited], Any]]" = {
    "id": lambda one: one.instance.id,
    "name": lambda one: one.instance.name,
    "state": lambda one: one.instance.state.value,
    "address": lambda one: one.instance.lease.address,
    "node": lambda one: one.instance.node,
    "seconds": lambda one: round(sum(phase.took_s for phase in one.phases), 1),
    "phases": lambda one: {phase.name: round(phase.took_s, 2) for phase in one.phases},
}
_KEPT = ("id", "address", "state", "name")


def name_of(instance: "Instance", called: str = "") -> str:
    """What a command takes for it: the name of one that is done may be another's by now."""
    return str(instance.id) if instance.state is State.DONE else called or instance.name


def _listing(*usual: str) -> "Listing[Waited]":
    return Listing(_FIELDS, usual, lambda one: name_of(one.instance), kept=_KEPT)


ACCEPTED = _listing("id", "name", "state", "address", "node")
WAITED = _listing("id", "name", "state", "address", "seconds")


def show_accepted(
    session: Session,
    accepted: "Accepted",
    look: Look,
    *,
    until: str | None = None,
    timeout_s: float = 300.0,
    after_reboot: bool = False,
) -> None:
    """Print the plan; or the instances, after the wait for them if that was asked for."""
    if accepted.plans:
        output.plans(accepted.plans, look.document)
        return
    from stratus.model.views import Waited

    shown = tuple(Waited(instance, ()) for instance in accepted.instances)
    if until and shown:
        targets = tuple(str(one.instance.id) for one in shown)
        shown = session.perform(WaitRequest(targets, until, timeout_s, after_reboot))
        for one in shown:
            session.note(f"{one.instance.id} ({one.instance.name}): {', '.join(phase.text for phase in one.phases)}")
    if session.quiet and look.format == "table" and not look.columns:
        for one in shown:
            output.show(f"{one.instance.id}, {one.instance.lease.address}")
        return
    output.listing(ACCEPTED, shown, look)
