"""Who may see and touch what: the one place where a name or id becomes an instance.

What somebody may not see is not there for them: by its name, by its id and by a guess they are told the same."""

from stratus.actions import records
from stratus.cloud import Cloud
from stratus.errors import Conflict, Denied, NotFound
from stratus.model.instance import Instance
from stratus.model.nearest import nearest
from stratus.model.node import Node
from stratus.model.requests import Actor


def find(cloud: Cloud, actor: Actor, target: str) -> tuple[Instance, int]:
    """The living instance called `target` (a name, OWNER/NAME, or an id) with its revision, to be changed.

    Raises NotFound, also for what the actor may not see; Denied for what they only may see; Conflict when it is done,
    or when several owners have one of that name and none is the actor's."""
    instance, revision = _seen(cloud, actor, target)
    if not may_touch(actor, instance):
        raise Denied(f"instance {instance.id} is {instance.owner}'s", hint=f"stratus describe {instance.id}")
    return instance, revision


def find_any(cloud: Cloud, actor: Actor, target: str) -> Instance:
    """As `find`, but only to be seen, and an instance that is done counts too (by id)."""
    try:
        return _seen(cloud, actor, target)[0]
    except Conflict:
        archived = _finished(cloud, actor, int(target)) if _number(target) is not None else None
        if archived is None:
            raise
        return archived


def may_see(actor: Actor, instance: Instance) -> bool:
    """Whether the actor may know of the instance."""
    return actor.sees_all or instance.owner == actor.name


def may_touch(actor: Actor, instance: Instance) -> bool:
    """Whether the actor controls the instance."""
    return actor.admin or instance.owner == actor.name


def visible(actor: Actor) -> dict[str, str]:
    """The index entries of all instances that the actor may see."""
    return {} if actor.sees_all else {"owner": actor.name}


def called(actor: Actor, instance: Instance) -> str:
    """What the actor calls it by, whoever else has one of that name."""
    return instance.name if instance.owner == actor.name else f"{instance.owner}/{instance.name}"


def _seen(cloud: Cloud, actor: Actor, target: str) -> tuple[Instance, int]:
    number = _number(target)
    if number is None:
        found = _by_name(cloud, actor, target)
    else:
        found = records.read(cloud.ledger, records.INSTANCE, records.key_of(number), Instance)
    if found is not None and may_see(actor, found[0]):
        return found
    if number is not None and _finished(cloud, actor, number):
        raise Conflict(f"instance {number} is done", hint=f"stratus log {number}")
    raise NotFound(f"no instance {target!r}", hint=_meant(cloud, actor, target))


def node_of(cloud: Cloud, instance: Instance) -> Node:
    """The node that the instance is on. Raises Conflict when it waits for room, NotFound."""
    if not instance.node:
        raise Conflict(f"instance {instance.id} is on no node yet", hint=f"stratus why {instance.id}")
    return records.node(cloud.ledger, instance.node)[0]


def _by_name(cloud: Cloud, actor: Actor, target: str) -> tuple[Instance, int] | None:
    """The actor's own of that name; or the only one, of those that they may see."""
    owner, slash, name = target.partition("/")
    where = {"name": name, "owner": owner} if slash else {"name": target} | visible(actor)
    documents = cloud.ledger.find(records.INSTANCE, where=where)
    found = [(records.value_of(document, Instance), document.revision) for document in documents]
    own = [one for one in found if one[0].owner == actor.name]
    if len(others := {one[0].owner for one in found}) > 1 and not own:
        names = [f"{other}/{target}" for other in sorted(others)]
        raise Conflict(f"several users have an instance {target}", hint=f"say whose: {', '.join(names[:5])}")
    # One whose run failed has given its name back, and another may have it.
    chosen = own or found
    return next((one for one in chosen if one[0].holds_lease), chosen[0] if chosen else None)


def _number(target: str) -> int | None:
    """The id that `target` is, or None; no id has more digits than a key."""
    return int(target) if target.isascii() and target.isdigit() and len(target) <= 12 else None


def _meant(cloud: Cloud, actor: Actor, target: str) -> str:
    """What to try instead: the name that is nearest, of those that the actor may know of."""
    names = [called(actor, instance) for instance in records.instances(cloud.ledger, visible(actor))]
    near = nearest(target, names)
    return f"did you mean {near}? stratus describe" if near else "stratus describe"


def _finished(cloud: Cloud, actor: Actor, instance_id: int) -> Instance | None:
    found = records.read(cloud.ledger, records.ARCHIVE, records.key_of(instance_id), Instance)
    return found[0] if found is not None and may_see(actor, found[0]) else None
