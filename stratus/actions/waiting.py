"""waiting: instances for which there is no room yet stand in line, and each is promised when its turn has come.

One that waits is an instance without a node: it holds its number, name and address, and nothing else. Whoever
dispatches gives room when something of the nodes has changed."""

import dataclasses
from collections.abc import Iterator
from functools import partial

from stratus.actions import epoch, promise, records, reserve, retry, wishes
from stratus.actions.drafts import Wanted, draft_of, image_is_there, instance_of, promised
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import BadInput, NoCapacity, NotFound, QuotaExceeded, StratusError
from stratus.model.codec import encode
from stratus.model.image import ImageEntry
from stratus.model.instance import Instance
from stratus.model.moments import span
from stratus.model.placement.decision import decision_of
from stratus.model.placement.turns import AT_ONCE, Waiting, is_possible, node_to_hold
from stratus.model.quota import Usage, held_by
from stratus.model.requests import Actor
from stratus.model.states import State
from stratus.model.views import Accepted


def queue(cloud: Cloud, wanted: Wanted, names: list[str], ids: range, changes: list[Put | Delete]) -> Accepted:
    """Have the instances wait for room, in the order of their numbers. Raises NoCapacity when no node could ever take
    them, or no address is free; QuotaExceeded, LedgerConflict."""
    actor, now = wanted.actor, cloud.clock()
    nodes, accounts = reserve.Nodes(cloud), Accounts(cloud)
    wish, rules = wishes.wish_of(cloud, wanted.request, wanted.need, actor), nodes.rules(actor.name)
    chosen = [node for node in nodes.all if not wanted.request.nodes or node.name in wanted.request.nodes]
    if not is_possible(wish, chosen, rules):
        raise NoCapacity(f"no node could ever take {wanted.what}", hint="choose a smaller --type, or: stratus capacity")
    leases = reserve.addresses(cloud, wanted.network, wanted.request.count, wanted.request.address, changes)
    one = dataclasses.replace(wanted.request, count=1, queue=False)
    asked = Waiting(one, actor.name, wanted.kind, wanted.network.name, now, actor.request_id)
    waiting = []
    for instance_id, name, lease in zip(ids, names, leases, strict=True):
        instance = instance_of(cloud, wanted, instance_id, name, lease)
        accounts.take(actor.name, held_by(instance))
        changes += [*records.put_instance(instance, 0), *reserve.hold(instance)]
        changes.append(Put(records.WAITING, records.key_of(instance_id), encode(asked), 0))
        cause = f"run by {actor.name}; it waits for room"
        changes.append(records.remember(cloud.ledger, instance, now, cause, actor.request_id))
        waiting.append(instance)
    cloud.ledger.commit([*changes, *accounts.changes(), image_is_there(cloud, wanted.image)])
    return Accepted(tuple(waiting))


def give_room(cloud: Cloud) -> int:
    """Promise those that wait and have room now, in their order; how many. What has waited too long has failed."""
    line = cloud.ledger.find(records.WAITING)
    placed, without_room, left = 0, set[object](), list[int]()
    for document in line:
        number, asked = int(document.key), records.value_of(document, Waiting)
        if asked.is_over(cloud.clock(), cloud.settings.queue_expiry_s):
            retry.on_conflict(cloud, partial(_give_up, cloud, number))
        elif placed == AT_ONCE or asked.alike in without_room:
            left.append(number)
        elif _has_room(cloud, number):
            placed += 1
        else:
            without_room.add(asked.alike)
            left.append(number)
    retry.on_conflict(cloud, partial(_hold_for_first, cloud, left))
    return placed


def before(cloud: Cloud, instance: Instance) -> int:
    """How many stand in line before it."""
    return sum(int(document.key) < instance.id for document in cloud.ledger.find(records.WAITING))


def refusal(cloud: Cloud, instance: Instance) -> str:
    """Why there is no room for it now, in numbers; "" if there is."""
    try:
        found = _wanted(cloud, instance.id)
        if found is not None:
            wanted, _, _ = found
            Accounts(cloud).take(instance.owner, _rest(instance))
            nodes = reserve.Nodes(cloud)
            wish = wishes.wish_of(cloud, wanted.request, wanted.need, wanted.actor)
            rules = nodes.rules(instance.owner, instance.id)
            next(nodes.place(wish, rules, wanted.what, 1, wanted.request.nodes))
    except StratusError as error:
        return error.message
    return ""


def _has_room(cloud: Cloud, number: int) -> bool:
    """Whether it has been promised, or has left the line because what it names is gone from the site."""
    try:
        return retry.on_conflict(cloud, partial(_place, cloud, number))
    except (NotFound, BadInput):
        retry.on_conflict(cloud, partial(_give_up, cloud, number))
        return True


def _place(cloud: Cloud, number: int) -> bool:
    """Promise one that waits; False if there is no room for it."""
    found = _wanted(cloud, number)
    if found is None:
        return True
    wanted, waiting, revision = found
    changes: list[Put | Delete] = []
    numbers = promise.take_numbers(cloud, "order", 1, changes)
    nodes, accounts = reserve.Nodes(cloud), Accounts(cloud)
    wish, rules = wishes.wish_of(cloud, wanted.request, wanted.need, wanted.actor), nodes.rules(waiting.owner, number)
    try:
        accounts.take(waiting.owner, _rest(waiting))
        asked, choice = next(nodes.place(wish, rules, wanted.what, 1, wanted.request.nodes))
    except (NoCapacity, QuotaExceeded):
        return False
    node = choice.takers[0]
    instance = dataclasses.replace(waiting, node=node.name, holds_capacity=True, changed_s=cloud.clock())
    draft = draft_of(cloud, wanted, node, instance, decision_of(asked, choice, rules, cloud.clock()))
    _, more = promised(cloud, wanted, draft, numbers[0], epoch.current(cloud), expect=revision)
    key = records.key_of(number)
    changes += [*more, *nodes.changes(), *accounts.changes(), image_is_there(cloud, wanted.image)]
    cloud.ledger.commit([*changes, Delete(records.WAITING, key)])
    return True


def _rest(waiting: Instance) -> Usage:
    """What it takes of its owner's quota besides what it holds while it waits."""
    return Usage(cpu=waiting.cpu, ram_mib=waiting.ram_mib)


def _wanted(cloud: Cloud, number: int) -> tuple[Wanted, Instance, int] | None:
    """What one that waits was asked for, and its revision; None if it waits no more."""
    key = records.key_of(number)
    asked = records.read(cloud.ledger, records.WAITING, key, Waiting)
    living = records.read(cloud.ledger, records.INSTANCE, key, Instance)
    if asked is None or living is None:
        return None
    found = records.read(cloud.ledger, records.IMAGE, living[0].image, ImageEntry)
    if found is None:  # it cannot be deleted while somebody waits with it; only by hand
        return None
    waiting, actor = asked[0], Actor(asked[0].owner, request_id=asked[0].request_id)
    return Wanted(waiting.request, actor, waiting.kind, cloud.network(waiting.network), found[0]), *living


def _give_up(cloud: Cloud, number: int) -> None:
    """End it as failed, with what was in its way."""
    key = records.key_of(number)
    living = records.read(cloud.ledger, records.INSTANCE, key, Instance)
    asked = records.read(cloud.ledger, records.WAITING, key, Waiting)
    if living is None or asked is None:
        return
    now, (instance, revision) = cloud.clock(), living
    why = f"it waited {span(now - asked[0].since_s)} for room: {refusal(cloud, instance) or 'its turn never came'}"
    failed = instance.moved_to(State.FAILED, at_s=now, error=why, fix=f"stratus capacity; stratus kill {number}")
    failed, changes = reserve.release(cloud, failed, capacity=True, lease=True)
    changes += [*records.put_instance(failed, revision), Delete(records.WAITING, key)]
    cloud.ledger.commit([*changes, records.remember(cloud.ledger, failed, now, why)])


def _hold_for_first(cloud: Cloud, left: list[int]) -> None:
    """Hold a node for whoever has waited longest, if that is long enough, and no node for anybody else."""
    before = {document.key: int(document.body["instance"]) for document in cloud.ledger.find(records.HELD)}
    held = dict(_held(cloud, left, before))
    gone = [Delete(records.HELD, name) for name in before if name not in held]
    new = [Put(records.HELD, name, {"instance": number}) for name, number in held.items() if name not in before]
    if gone or new:
        cloud.ledger.commit([*gone, *new])


def _held(cloud: Cloud, left: list[int], before: dict[str, int]) -> Iterator[tuple[str, int]]:
    """The node that is held, and for whom: not for one whom their own quota keeps waiting, or whom no node helps."""
    for number in left[:AT_ONCE]:
        asked = records.read(cloud.ledger, records.WAITING, records.key_of(number), Waiting)
        if asked is None or not asked[0].is_aged(cloud.clock()):
            return
        found = _wanted(cloud, number)
        if found is not None and (name := _node_for(cloud, found[0], found[1], before)):
            yield name, number
            return


def _node_for(cloud: Cloud, wanted: Wanted, waiting: Instance, before: dict[str, int]) -> str:
    try:
        Accounts(cloud).take(waiting.owner, _rest(waiting))
    except QuotaExceeded:
        return ""
    nodes = reserve.Nodes(cloud)
    rules = nodes.rules(waiting.owner, waiting.id)
    wish = wishes.wish_of(cloud, wanted.request, wanted.need, wanted.actor)
    kept = [node for node in nodes.all if before.get(node.name) == waiting.id]
    chosen = [node for node in nodes.all if not wanted.request.nodes or node.name in wanted.request.nodes]
    # The one that is held already stays so, as long as it could take it: else it would never be empty enough.
    node = node_to_hold(wish, kept, rules) or node_to_hold(wish, chosen, rules)
    return node.name if node else ""
