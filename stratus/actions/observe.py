"""observe: what a sweep of a node makes of the instances that should run there."""

import math
from collections.abc import Mapping
from dataclasses import field, replace
from functools import partial

from stratus.actions import records, retry
from stratus.actions.ask import ask
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Document, Put
from stratus.model.codec import decode, encode
from stratus.model.domain import SHUT_DOWN, DomainStatus, Power
from stratus.model.instance import GONE, Instance
from stratus.model.node import Ailment, Node
from stratus.model.states import State
from stratus.model.values import dataclass

WATCHED = (State.RUNNING, State.UNKNOWN, State.STOPPED)
SWEEP_TIMEOUT_S = 20.0  # the agent gives libvirt less, and so has time to say that it hangs
SECOND_LOOK_S = 1.5
TRIED_S = 5.0  # how exact it is known when a node was asked in vain; each time would be many commits


@dataclass(frozen=True)
class Sample:
    """One domain in a sweep, with the share of one CPU that it used since the sweep before."""

    status: DomainStatus
    cpu_percent: int = 0


@dataclass(frozen=True)
class Sweep:
    """What a node's hypervisor said of all its domains at one time."""

    at_s: float
    samples: Mapping[str, Sample] = field(default_factory=dict)
    boot: str = ""  # in which life of the machine


@dataclass(frozen=True)
class Sight:
    """What a sweep makes of one instance."""

    state: State
    cause: str = ""
    interrupted: bool = False  # it ran until its node went down


@dataclass(frozen=True)
class Health:
    """What a node said of itself in a sweep."""

    ailments: tuple[Ailment, ...] = ()


@dataclass(frozen=True)
class _Moment:
    """When a sweep was: all that whoever asks for its age needs to have read of it."""

    at_s: float


def sweep(cloud: Cloud, node: Node) -> None:
    """Ask the node once for all its domains, keep the answer, and move the instances that are not what they were.

    A node that answers but cannot see its domains (its libvirt hangs) is noted with what it says of itself."""
    # Read before the node is asked: what changes meanwhile is not judged by an answer that may be older.
    known = cloud.ledger.find(records.INSTANCE, where={"node": node.name})
    answer = ask(cloud, node, "sweep", {}, timeout_s=SWEEP_TIMEOUT_S)
    ailments = decode(Health, answer).ailments
    retry.on_conflict(cloud, partial(_note_health, cloud, node.name, ailments, blind=answer["domains"] is None))
    if answer["domains"] is None:
        return
    now = cloud.clock()
    before, boot = last(cloud, node.name), str(answer.get("boot", ""))
    booted = bool(before.boot) and before.boot != boot
    domains = {name: decode(DomainStatus, body) for name, body in answer["domains"].items()}
    samples = {name: Sample(status, _cpu_percent(status, before, name, now)) for name, status in domains.items()}
    for document in known:
        instance = records.value_of(document, Instance)
        if instance.order or instance.state not in WATCHED:
            continue
        sight = _sight(instance, domains.get(instance.domain), booted)
        if sight.state is not instance.state:
            retry.on_conflict(cloud, partial(_apply, cloud, instance, document.revision, sight))
    # Last: whoever is killed before has not seen the node, and the next look sees its new life once more.
    cloud.ledger.commit([Put(records.SWEEP, node.name, encode(Sweep(now, samples, boot)))])


def last(cloud: Cloud, node: str) -> Sweep:
    """The last sweep of a node; an empty one at time 0 when there was none."""
    found = records.read(cloud.ledger, records.SWEEP, node, Sweep)
    return found[0] if found else Sweep(0.0)


def late(cloud: Cloud, older_than_s: float) -> list[Node]:
    """The nodes whose last sweep is older than that, but for those that were asked in vain since then."""
    return [node for node, _ in records.nodes(cloud.ledger) if _is_late(cloud, node, older_than_s)]


def age_s(cloud: Cloud, node: str) -> float:
    """How long ago the node was swept; for ever, if it never was, or if the clock was set back since."""
    found = records.read(cloud.ledger, records.SWEEP, node, _Moment)
    age_s = cloud.clock() - (found[0].at_s if found else 0.0)
    return age_s if age_s >= 0 else math.inf


def moments(cloud: Cloud) -> dict[str, float]:
    """When each node was swept last."""
    return {document.key: records.value_of(document, _Moment).at_s for document in cloud.ledger.find(records.SWEEP)}


def note(cloud: Cloud, name: str, *, trouble: str, mend: str = "") -> None:
    """Save whether a node answers (`trouble` "" if it does). When it has not for SECOND_LOOK_S, its running instances
    are unknown until a sweep sees them again: one call that broke tells nothing about them."""
    retry.on_conflict(cloud, partial(_note, cloud, name, trouble, mend))


def _is_late(cloud: Cloud, node: Node, older_than_s: float) -> bool:
    asked_in_vain = node.sickness and 0 <= cloud.clock() - node.tried_s <= older_than_s
    return not asked_in_vain and age_s(cloud, node.name) > older_than_s


def _note(cloud: Cloud, name: str, trouble: str, mend: str) -> None:
    node, revision = records.node(cloud.ledger, name)
    # What the link says begins with the node's name, which whoever shows it puts first again.
    after = replace(node, trouble=trouble.removeprefix(f"{name}: "), mend=mend)
    if trouble:
        _save_blind(cloud, node, revision, after, "does not answer")
    elif after != node:  # whether its domains can be seen is for the next sweep to say
        cloud.ledger.commit([records.put_node(after, revision)])


def _note_health(cloud: Cloud, name: str, ailments: tuple[Ailment, ...], *, blind: bool) -> None:
    node, revision = records.node(cloud.ledger, name)
    after = replace(node, ailments=ailments)
    if blind:
        _save_blind(cloud, node, revision, after, "cannot see its instances")
    elif (after := replace(after, blind_since_s=0.0)) != node:
        cloud.ledger.commit([records.put_node(after, revision)])


def _save_blind(cloud: Cloud, node: Node, revision: int, after: Node, what: str) -> None:
    """Save a node whose domains cannot be seen; at the second look, what ran there is unknown."""
    now = cloud.clock()
    tried_s = node.tried_s if 0 <= now - node.tried_s < TRIED_S else now
    after = replace(after, blind_since_s=node.blind_since_s or now, tried_s=tried_s)
    lost: list[Document] = []
    if node.blind_since_s and not 0 <= now - node.blind_since_s < SECOND_LOOK_S:
        lost = cloud.ledger.find(records.INSTANCE, where={"node": node.name, "state": "running"})
    changes: list[Put | Delete] = [records.put_node(after, revision)] if after != node else []
    for document in lost:
        cause = after.sickness
        unknown = records.value_of(document, Instance).moved_to(State.UNKNOWN, at_s=now, error=cause)
        changes += records.put_instance(unknown, document.revision)
        changes.append(records.remember(cloud.ledger, unknown, now, f"{node.name} {what}"))
    if changes:
        cloud.ledger.commit(changes)


def _apply(cloud: Cloud, instance: Instance, revision: int, sight: Sight) -> None:
    from stratus.actions import reserve  # it brings placement along, which a listing never needs

    document = cloud.ledger.get(records.INSTANCE, records.key_of(instance.id))
    if document is None or document.revision != revision:
        return
    after = instance.moved_to(sight.state, at_s=cloud.clock(), error=sight.cause if sight.state is State.FAILED else "")
    after = replace(after, interrupted=sight.interrupted)
    if sight.state is State.RUNNING:
        after, changes = reserve.retake(cloud, after)
    else:
        after, changes = reserve.release(cloud, after, capacity=True, lease=False)
    changes += records.put_instance(after, revision)
    changes.append(records.remember(cloud.ledger, after, cloud.clock(), sight.cause))
    cloud.ledger.commit(changes)


def _sight(instance: Instance, status: DomainStatus | None, booted: bool) -> Sight:
    """The state that an instance without an order in hand is in, seeing its domain, and why.

    A hypervisor that was started anew does not know why a domain is off; one that saw it end does."""
    if instance.state is State.STOPPED and (status is None or status.power is not Power.RUNNING):
        return Sight(State.STOPPED)
    if status is None:
        return Sight(State.FAILED, GONE)
    if status.power in (Power.OFF, Power.CRASHED) and (booted or not status.reason):
        return Sight(State.STOPPED, "its node was restarted", interrupted=True)
    if status.power is Power.OFF:
        itself = status.reason == SHUT_DOWN
        return Sight(State.STOPPED, "it powered itself off" if itself else f"it is off: {status.reason}")
    if status.power is Power.CRASHED:
        how = f": {status.reason}" if status.reason != status.power else ""
        return Sight(State.FAILED, f"the domain crashed{how}")
    return Sight(State.RUNNING, "the hypervisor says that it runs")


def _cpu_percent(status: DomainStatus, before: Sweep, name: str, now_s: float) -> int:
    earlier = before.samples.get(name)
    if earlier is None or now_s <= before.at_s or status.cpu_time_ns < earlier.status.cpu_time_ns:
        return 0
    return round((status.cpu_time_ns - earlier.status.cpu_time_ns) / 1e7 / (now_s - before.at_s))
