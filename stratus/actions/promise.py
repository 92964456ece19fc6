"""Promising a change to existing instances: check all, then save states and orders in one transaction."""

import dataclasses
from collections.abc import Callable, Sequence

from stratus.actions import access, epoch, records, reserve, retry
from stratus.actions.planning import Intent, plans
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.order import Dispatched, Order
from stratus.model.placement import Need
from stratus.model.quota import Usage
from stratus.model.requests import Actor
from stratus.model.states import State, check_move
from stratus.model.steps import Step
from stratus.model.takes import need_of
from stratus.model.values import dataclass
from stratus.model.views import Accepted


@dataclass(frozen=True)
class Change:
    """What shall become of one instance: the state it takes at once, the one it shall reach, and the steps."""

    now: State
    goal: State
    steps: tuple[Step, ...]


Decide = Callable[[Instance, Blueprint, Node], Change]


def promise(
    cloud: Cloud,
    actor: Actor,
    targets: Sequence[str],
    verb: str,
    decide: Decide,
    *,
    plan: bool,
    even_busy: bool = False,
) -> Accepted:
    """Order `verb` for all `targets`, or for none. With `plan` nothing is changed.

    Raises NotFound, Conflict (an instance is busy, or its state does not allow it)."""
    return retry.on_conflict(cloud, lambda: _promise(cloud, actor, targets, verb, decide, plan, even_busy))


def _promise(
    cloud: Cloud, actor: Actor, targets: Sequence[str], verb: str, decide: Decide, plan: bool, even_busy: bool
) -> Accepted:
    if not targets:
        return Accepted()
    found = {
        instance.id: (instance, revision) for instance, revision in (access.find(cloud, actor, t) for t in targets)
    }
    nodes, accounts = reserve.Nodes(cloud), Accounts(cloud)
    drafts = []
    for instance, revision in found.values():
        if instance.order and not even_busy:
            raise Conflict(
                f"instance {instance.id} is busy: {instance.state}", hint=f"stratus wait {instance.id}, then try again"
            )
        node = access.node_of(cloud, instance)
        change = decide(instance, _blueprint(cloud, actor, instance), node)
        check_move(instance.state, change.now)
        if change.goal is State.RUNNING and not instance.holds_capacity:
            need, rules = Need(instance.cpu, instance.ram_mib, 0), nodes.rules(instance.owner)
            accounts.take(instance.owner, Usage(cpu=instance.cpu, ram_mib=instance.ram_mib))
            nodes.take_on(instance.node, need, rules, f"instance {instance.id}")
        drafts.append((instance, revision, change))
    if plan:
        return Accepted(plans=plans(cloud, verb, [_intent(instance, change) for instance, _, change in drafts]))
    reserved = [*nodes.changes(), *accounts.changes()]
    return Accepted(tuple(_commit(cloud, actor, verb, drafts, reserved)))


def _intent(instance: Instance, change: Change) -> Intent:
    ends = change.goal is State.DONE and instance.holds_lease
    return Intent(instance, change.steps, need_of(instance, change.goal), -1 if ends else 0)


def _commit(
    cloud: Cloud,
    actor: Actor,
    verb: str,
    drafts: Sequence[tuple[Instance, int, Change]],
    reserved: Sequence[Put | Delete],
) -> list[Instance]:
    changes: list[Put | Delete] = []
    promised = []
    now = cloud.clock()
    numbers = take_numbers(cloud, "order", len(drafts), changes)
    life = epoch.current(cloud)
    for number, (instance, revision, change) in zip(numbers, drafts, strict=True):
        order_id = order_key(number, instance.id)
        after = instance.moved_to(change.now, at_s=now).ordered(order_id, change.goal)
        if change.goal is State.RUNNING:
            after = dataclasses.replace(after, holds_capacity=True)
        order = Order(order_id, after.id, after.generation, life, verb, change.steps, actor.request_id)
        changes += records.put_instance(after, revision)
        changes += _superseded(cloud, instance)
        changes.append(records.put_order(Dispatched(order, after.node, "waiting", now)))
        changes.append(records.remember(cloud.ledger, after, now, f"{verb} by {actor.name}", actor.request_id))
        promised.append(after)
    cloud.ledger.commit([*reserved, *changes])
    return promised


def _superseded(cloud: Cloud, instance: Instance) -> list[Delete]:
    """The order in hand, if it has not left: a newer one takes its place, and it is never sent."""
    found = records.read(cloud.ledger, records.ORDER, instance.order, Dispatched) if instance.order else None
    unsent = found is not None and found[0].status == "waiting"
    return [Delete(records.ORDER, instance.order, found[1])] if found is not None and unsent else []


def _blueprint(cloud: Cloud, actor: Actor, instance: Instance) -> Blueprint:
    found = records.read(cloud.ledger, records.BLUEPRINT, records.key_of(instance.id), Blueprint)
    if found is None:
        access.find(cloud, actor, str(instance.id))  # raises Conflict when it has ended since it was read
        return records.blueprint(cloud.ledger, instance.id)
    return found[0]


def take_numbers(cloud: Cloud, counter: str, count: int, changes: list[Put | Delete]) -> range:
    """The next `count` numbers of a counter; the change that takes them is added to `changes`."""
    document = cloud.ledger.get(records.COUNTER, counter)
    last = int(document.body["last"]) if document else 0
    changes.append(Put(records.COUNTER, counter, {"last": last + count}, document.revision if document else 0))
    return range(last + 1, last + 1 + count)


def order_key(number: int, instance_id: int) -> str:
    """The id of an order; ids sort by age."""
    return f"{number:012d}-{instance_id}"
