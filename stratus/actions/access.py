"""Who may touch what: the one place where a name or id becomes an instance."""

from stratus.actions import records
from stratus.cloud import Cloud
from stratus.errors import Conflict, NotFound
from stratus.model.instance import Instance
from stratus.model.nearest import nearest
from stratus.model.node import Node
from stratus.model.requests import Actor


def find(cloud: Cloud, actor: Actor, target: str) -> tuple[Instance, int]:
    """The actor's living instance called `target` (a name, or an id) with its revision.

    Raises NotFound, also for what belongs to somebody else, so that nobody learns of it; Conflict when it is done."""
    number = _number(target)
    if number is not None:
        found = records.read(cloud.ledger, records.INSTANCE, records.key_of(number), Instance)
    else:
        documents = cloud.ledger.find(records.INSTANCE, where={"name": target}, limit=1)
        found = (records.value_of(documents[0], Instance), documents[0].revision) if documents else None
    if found is not None and may_touch(actor, found[0]):
        return found
    if number is not None and _finished(cloud, actor, number):
        raise Conflict(f"instance {number} is done", hint=f"stratus log {number}")
    raise NotFound(f"no instance {target!r}", hint=_meant(cloud, actor, target))


def find_any(cloud: Cloud, actor: Actor, target: str) -> Instance:
    """As `find`, but an instance that is done counts too (by id)."""
    try:
        return find(cloud, actor, target)[0]
    except Conflict:
        archived = records.read(cloud.ledger, records.ARCHIVE, records.key_of(int(target)), Instance)
        if archived is None:
            raise
        return archived[0]


def node_of(cloud: Cloud, instance: Instance) -> Node:
    """The node that the instance is on. Raises Conflict when it waits for room, NotFound."""
    if not instance.node:
        raise Conflict(f"instance {instance.id} is on no node yet", hint=f"stratus why {instance.id}")
    return records.node(cloud.ledger, instance.node)[0]


def may_touch(actor: Actor, instance: Instance) -> bool:
    """Whether the actor sees and controls the instance."""
    return actor.admin or instance.owner == actor.name


def _number(target: str) -> int | None:
    """The id that `target` is, or None; no id has more digits than a key."""
    return int(target) if target.isascii() and target.isdigit() and len(target) <= 12 else None


def _meant(cloud: Cloud, actor: Actor, target: str) -> str:
    """What to try instead: the name that is nearest, of those that the actor may know of."""
    names = [instance.name for instance in records.instances(cloud.ledger) if may_touch(actor, instance)]
    near = nearest(target, names)
    return f"did you mean {near}? stratus describe" if near else "stratus describe"


def _finished(cloud: Cloud, actor: Actor, instance_id: int) -> bool:
    found = records.read(cloud.ledger, records.ARCHIVE, records.key_of(instance_id), Instance)
    return found is not None and may_touch(actor, found[0])
