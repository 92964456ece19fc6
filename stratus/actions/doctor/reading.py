"""Reading what the doctor compares: the ledger's books, and one look at each node."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import TypeVar

from stratus.actions import observe, records
from stratus.actions.side_by_side import side_by_side
from stratus.actions.users import lookup
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Document
from stratus.errors import StratusError
from stratus.model.codec import decode
from stratus.model.doctor.books import Books, Kept
from stratus.model.doctor.strangers import instance_of_tap
from stratus.model.image import ImageEntry
from stratus.model.inspection import Inspection
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.order import Dispatched
from stratus.model.quota import Usage
from stratus.model.values import dataclass

T = TypeVar("T")
LOOK_S = 120.0


@dataclass(frozen=True)
class Looks:
    """What was seen, by node, and why others could not be looked at."""

    seen: Mapping[str, Inspection] = field(default_factory=dict)
    silent: Mapping[str, str] = field(default_factory=dict)


def look(cloud: Cloud, nodes: Sequence[Node], known: Iterable[int]) -> Looks:
    """One look at each node, all at once, so that a sick one keeps nobody waiting but itself."""
    numbers = sorted(known)
    answers, _ = side_by_side(nodes, lambda node: _look(cloud, node, numbers))
    return Looks(
        {node.name: answer for node, answer in answers if isinstance(answer, Inspection)},
        {node.name: answer for node, answer in answers if isinstance(answer, str)},
    )


def read(cloud: Cloud) -> Books:
    """The ledger as it stands; what was ended is added by `with_ended`."""
    ledger = cloud.ledger
    return Books(
        at_s=cloud.clock(),
        nodes={d.key: _kept(d, Node) for d in ledger.find(records.NODE)},
        instances={int(d.key): _kept(d, Instance) for d in ledger.find(records.INSTANCE)},
        blueprints={int(d.key): records.value_of(d, Blueprint) for d in ledger.find(records.BLUEPRINT)},
        addresses={d.key: Kept(int(d.body["instance"]), d.revision) for d in ledger.find(records.ADDRESS)},
        names={d.key: Kept(int(d.body["instance"]), d.revision) for d in ledger.find(records.NAME)},
        orders={d.key: _kept(d, Dispatched) for d in ledger.find(records.ORDER)},
        images={d.key: _kept(d, ImageEntry) for d in ledger.find(records.IMAGE)},
        image_names={d.key: Kept(str(d.body["identifier"]), d.revision) for d in ledger.find(records.IMAGE_NAME)},
        swept_s={d.key: records.value_of(d, observe.Sweep).at_s for d in ledger.find(records.SWEEP)},
        usages={d.key: _kept(d, Usage) for d in ledger.find(records.USAGE)},
        users={user.name: user for user in lookup.users(ledger)},
        groups={group.name: group for group in lookup.groups(ledger)},
        user_keys={d.key: Kept(str(d.body["user"]), d.revision) for d in ledger.find(records.USER_KEY)},
        bridges={network.name: network.bridge for network in cloud.settings.networks},
    )


def with_ended(cloud: Cloud, books: Books, looks: Looks) -> Books:
    """The books with those instances that are done and that something on a node, or an order, is still about.

    Only these are looked up: how many there ever were does not matter."""
    named = {kept.value.order.instance_id for kept in books.orders.values()}
    for seen in looks.seen.values():
        named |= {folder.id for folder in seen.folders}
        named |= {int(name[4:]) for name in seen.outlines if name.startswith("one-") and name[4:].isdecimal()}
        named |= {instance_of_tap(port.tap) or 0 for port in (seen.network.ports if seen.network else ())}
    ended = {}
    for number in named - books.instances.keys():
        found = records.read(cloud.ledger, records.ARCHIVE, records.key_of(number), Instance)
        if found is not None:
            ended[number] = found[0]
    return replace(books, ended=ended)


def _kept(document: Document, wanted: type[T]) -> Kept[T]:
    return Kept(records.value_of(document, wanted), document.revision)


def _look(cloud: Cloud, node: Node, known: list[int]) -> Inspection | str:
    """What is seen, with the difference of the clocks; or why nothing is."""
    before = cloud.clock()
    try:
        answer = cloud.links.to(node).call("inspect", {"known": known}, timeout_s=LOOK_S)
        seen = decode(Inspection, answer.get("inspection"))
    except StratusError as error:  # of an agent of another release too
        return error.message
    after = cloud.clock()
    # The node's time lies between ours before and after, unless its clock is off.
    off = min(0.0, seen.at_s - before) or max(0.0, seen.at_s - after)
    return replace(seen, clock_off_s=off)
