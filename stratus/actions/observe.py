"""observe: what a sweep of a node makes of the instances that should run there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from stratus.actions import records, reserve, retry
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.model.codec import decode, encode
from stratus.model.domain import DomainStatus, Power
from stratus.model.instance import Instance
from stratus.model.node import Node
from stratus.model.states import State

WATCHED = (State.RUNNING, State.UNKNOWN, State.STOPPED)


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


def sweep(cloud: Cloud, node: Node) -> None:
    """Ask the node once for all its domains, keep the answer, and move the instances that are not what they were."""
    # Read before the node is asked: what changes meanwhile is not judged by an answer that may be older.
    known = cloud.ledger.find(records.INSTANCE, where={"node": node.name})
    answer = cloud.links.to(node).call("sweep", {}, timeout_s=20.0)
    now = cloud.clock()
    before = last(cloud, node.name)
    domains = {name: decode(DomainStatus, body) for name, body in answer["domains"].items()}
    samples = {name: Sample(status, _cpu_percent(status, before, name, now)) for name, status in domains.items()}
    cloud.ledger.commit([Put(records.SWEEP, node.name, encode(Sweep(now, samples)))])
    for document in known:
        instance = records.value_of(document, Instance)
        if instance.order or instance.state not in WATCHED:
            continue
        if _seen_state(instance, domains.get(instance.domain))[0] is not instance.state:
            retry.on_conflict(cloud, partial(_apply, cloud, instance, document.revision, domains))


def last(cloud: Cloud, node: str) -> Sweep:
    """The last sweep of a node; an empty one at time 0 when there was none."""
    found = records.read(cloud.ledger, records.SWEEP, node, Sweep)
    return found[0] if found else Sweep(0.0)


def late(cloud: Cloud, older_than_s: float) -> list[Node]:
    """The nodes whose last sweep is older than that."""
    return [node for node, _ in records.nodes(cloud.ledger) if age_s(cloud, node.name) > older_than_s]


def age_s(cloud: Cloud, node: str) -> float:
    """How long ago the node was swept."""
    return cloud.clock() - last(cloud, node).at_s


def note(cloud: Cloud, name: str, *, trouble: str) -> None:
    """Save whether a node answers; its instances are unknown as long as it does not."""
    retry.on_conflict(cloud, partial(_note, cloud, name, trouble))


def _note(cloud: Cloud, name: str, trouble: str) -> None:
    node, revision = records.node(cloud.ledger, name)
    if node.trouble == trouble:
        return
    changes: list[Put | Delete] = [records.put_node(replace(node, trouble=trouble), revision)]
    for document in cloud.ledger.find(records.INSTANCE, where={"node": name, "state": "running"}) if trouble else ():
        lost = records.value_of(document, Instance).moved_to(State.UNKNOWN, at_s=cloud.clock(), error=trouble)
        changes += records.put_instance(lost, document.revision)
        changes.append(records.remember(cloud.ledger, lost, cloud.clock(), f"{name} does not answer"))
    cloud.ledger.commit(changes)


def _apply(cloud: Cloud, instance: Instance, revision: int, domains: Mapping[str, DomainStatus]) -> None:
    document = cloud.ledger.get(records.INSTANCE, records.key_of(instance.id))
    if document is None or document.revision != revision:
        return
    state, cause = _seen_state(instance, domains.get(instance.domain))
    after = instance.moved_to(state, at_s=cloud.clock(), error=cause if state is State.FAILED else "")
    if state is State.RUNNING:
        after, changes = reserve.retake(cloud, after)
    else:
        after, changes = reserve.release(cloud, after, capacity=True, lease=False)
    changes += records.put_instance(after, revision)
    changes.append(records.remember(cloud.ledger, after, cloud.clock(), cause))
    cloud.ledger.commit(changes)


def _seen_state(instance: Instance, status: DomainStatus | None) -> tuple[State, str]:
    """The state that an instance without an order in hand is in, seeing its domain, and why."""
    if instance.state is State.STOPPED and (status is None or status.power is not Power.RUNNING):
        return State.STOPPED, ""
    if status is None:
        return State.FAILED, "the hypervisor does not know it any more"
    if status.power is Power.OFF:
        return State.STOPPED, "it powered itself off, or the node was restarted"
    if status.power is Power.CRASHED:
        return State.FAILED, f"the domain crashed {status.reason}".strip()
    return State.RUNNING, "the hypervisor says that it runs"


def _cpu_percent(status: DomainStatus, before: Sweep, name: str, now_s: float) -> int:
    earlier = before.samples.get(name)
    if earlier is None or now_s <= before.at_s or status.cpu_time_ns < earlier.status.cpu_time_ns:
        return 0
    return round((status.cpu_time_ns - earlier.status.cpu_time_ns) / 1e7 / (now_s - before.at_s))
