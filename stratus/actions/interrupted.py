"""interrupted: what ran when its node went down, and is started again."""

from functools import partial

from stratus.actions import observe, records, retry
from stratus.actions.start import start
from stratus.cloud import Cloud
from stratus.errors import StratusError
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.plan import Plan
from stratus.model.requests import Actor, StartRequest
from stratus.model.role import Role
from stratus.model.states import State

CLOUD = Actor("the cloud, after its node was restarted", Role.ADMIN)


def after_sweep(cloud: Cloud, node: Node) -> bool:
    """Sweep the node, then have what its restart interrupted start again, if the site wants that: whether anything is
    to be started. What could not be started is told its owner, and waits for `recover`."""
    observe.sweep(cloud, node)
    if not cloud.settings.restart_interrupted:
        return False
    waiting = [one for one in interrupted(cloud, node) if not one.error]
    if waiting:  # it has just answered: that it did not before must not keep its own instances off
        observe.note(cloud, node.name, trouble="")
    return bool([start_again(cloud, one, False) for one in waiting])


def interrupted(cloud: Cloud, node: Node) -> list[Instance]:
    """The instances of a node that its restart has put off, in the order in which they were made."""
    return [one for one in records.instances(cloud.ledger, {"interrupted": node.name}) if one.state is State.STOPPED]


def start_again(cloud: Cloud, instance: Instance, plan: bool) -> Instance | Plan | str:
    """The instance with its order, or the plan; or why it stays off. Each on its own: one that cannot be started keeps
    the others from nothing."""
    try:
        accepted = start(cloud, StartRequest((str(instance.id),), plan), CLOUD)
    except StratusError as error:
        if not plan:
            retry.on_conflict(cloud, partial(_note, cloud, instance.id, f"not started again: {error.message}"))
        return f"instance {instance.id} ({instance.name}) stays off: {error.message}"
    return accepted.plans[0] if plan else accepted.instances[0]


def _note(cloud: Cloud, instance_id: int, why: str) -> None:
    found = records.read(cloud.ledger, records.INSTANCE, records.key_of(instance_id), Instance)
    if found is None or not found[0].interrupted or found[0].error == why:
        return
    noted = found[0].moved_to(found[0].state, at_s=cloud.clock(), error=why, fix=f"stratus start {instance_id}")
    history = records.remember(cloud.ledger, noted, cloud.clock(), why)
    cloud.ledger.commit([*records.put_instance(noted, found[1]), history])
