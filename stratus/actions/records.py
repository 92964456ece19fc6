"""How the cloud's values lie in the ledger: the kinds, keys and indexes of its documents."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from stratus.drivers.ledger.protocol import Delete, Document, Ledger, Put
from stratus.errors import NotFound
from stratus.model import kinds
from stratus.model.codec import decode, encode
from stratus.model.expiry import expires
from stratus.model.instance import Blueprint, Instance
from stratus.model.node import Node
from stratus.model.states import State
from stratus.model.values import dataclass

if TYPE_CHECKING:  # orders and histories bring every kind of step along, which a listing never needs
    from stratus.model.history import Entry, History
    from stratus.model.image import ImageEntry, ImageEvent, ImageName
    from stratus.model.order import Dispatched, Order
    from stratus.model.quota import Usage
    from stratus.model.user import Group, User

INSTANCE, ARCHIVE, HISTORY, BLUEPRINT = kinds.INSTANCE, kinds.ARCHIVE, kinds.HISTORY, kinds.BLUEPRINT
ORDER, ORDER_ARCHIVE, NODE, SWEEP = kinds.ORDER, kinds.ORDER_ARCHIVE, kinds.NODE, kinds.SWEEP
ADDRESS, NAME = kinds.ADDRESS, kinds.NAME
IMAGE, IMAGE_NAME, IMAGE_HISTORY = kinds.IMAGE, kinds.IMAGE_NAME, kinds.IMAGE_HISTORY
COUNTER, EPOCH, HOLD, DECISION = kinds.COUNTER, kinds.EPOCH, kinds.HOLD, kinds.DECISION
WAITING, HELD = kinds.WAITING, kinds.HELD
USER, GROUP, USER_KEY, USAGE = kinds.USER, kinds.GROUP, kinds.USER_KEY, kinds.USAGE

T = TypeVar("T")


def key_of(instance_id: int) -> str:
    """The key under which an instance lies; keys sort as the numbers do."""
    return f"{instance_id:012d}"


def read(ledger: Ledger, kind: str, key: str, wanted: type[T]) -> tuple[T, int] | None:
    """The value and its revision, or None."""
    document = ledger.get(kind, key)
    return None if document is None else (decode(wanted, document.body), document.revision)


def value_of(document: Document, wanted: type[T]) -> T:
    """The value that a document holds."""
    return decode(wanted, document.body)


def instance(ledger: Ledger, instance_id: int) -> tuple[Instance, int]:
    """A living instance and its revision. Raises NotFound."""
    found = read(ledger, INSTANCE, key_of(instance_id), Instance)
    if found is None:
        raise NotFound(f"no instance {instance_id}", hint="stratus describe")
    return found


def instances(ledger: Ledger, where: Mapping[str, str] | None = None) -> list[Instance]:
    """Living instances whose index entries equal `where` (state, node, owner, name, image; together, apart), by id."""
    return [value_of(document, Instance) for document in ledger.find(INSTANCE, where=where)]


def put_instance(value: Instance, expect: int | None) -> list[Put | Delete]:
    """The changes that save an instance; one that is done moves to the archive, out of every listing's way."""
    key = key_of(value.id)
    index = {"state": value.state.value, "node": value.node, "owner": value.owner, "image": value.image}
    if value.state is State.DONE:
        # The blueprint goes too: nothing needs it any more, and its context may hold secrets.
        archived = Put(ARCHIVE, key, encode(value), index={"owner": value.owner})
        gone = (Delete(kind, key) for kind in (BLUEPRINT, DECISION, WAITING))
        return [Delete(INSTANCE, key, expect), *gone, archived]
    # Named only of those that wait to run again, so that a sweep finds them among thousands that were stopped.
    waits = {"interrupted": value.node} if value.interrupted else {}
    groups = {"together": value.together, "apart": value.apart}
    named = {rule: f"{value.owner}/{group}" for rule, group in groups.items() if group}
    return [Put(INSTANCE, key, encode(value), expect, index | {"name": value.name} | waits | named)]


def blueprint(ledger: Ledger, instance_id: int) -> Blueprint:
    """What an instance is made of. Raises NotFound."""
    found = read(ledger, BLUEPRINT, key_of(instance_id), Blueprint)
    if found is None:
        raise NotFound(f"the ledger holds no blueprint of instance {instance_id}", hint=f"stratus log {instance_id}")
    return found[0]


def history(ledger: Ledger, instance_id: int) -> "History":
    """What happened to an instance so far."""
    from stratus.model.history import History

    found = read(ledger, HISTORY, key_of(instance_id), History)
    return found[0] if found else History()


def remember(ledger: Ledger, value: Instance, at_s: float, cause: str, request: str = "") -> Put:
    """The change that adds the instance's present state to its history."""
    from stratus.model.history import Entry

    return add_to_history(ledger, value.id, Entry(at_s, value.state, cause, request=request))


def add_to_history(ledger: Ledger, instance_id: int, *entries: "Entry") -> Put:
    """The change that adds entries to a history; it conflicts when somebody else adds one meanwhile."""
    from stratus.model.history import History

    found = read(ledger, HISTORY, key_of(instance_id), History)
    after, revision = found or (History(), 0)
    for entry in entries:
        after = after.then(entry)
    return Put(HISTORY, key_of(instance_id), encode(after), revision)


def node(ledger: Ledger, name: str) -> tuple[Node, int]:
    """A node and its revision. Raises NotFound."""
    found = read(ledger, NODE, name, Node)
    if found is None:
        raise NotFound(f"no node is called {name}", hint="stratus node list")
    return found


def nodes(ledger: Ledger) -> list[tuple[Node, int]]:
    """All nodes with their revisions, by name."""
    return [(value_of(document, Node), document.revision) for document in ledger.find(NODE)]


def put_node(value: Node, expect: int | None) -> Put:
    """The change that saves a node."""
    return Put(NODE, value.name, encode(value), expect)


def put_order(value: "Dispatched", expect: int = 0) -> Put:
    """The change that saves an order which waits or is under way."""
    index = {"node": value.node, "instance": str(value.order.instance_id), **of_request(value.order)}
    # Named only of those that wait, so that they are found among thousands that were sent.
    waits = {"waiting": value.node} if value.status == "waiting" else {}
    ends = {"expiring": value.node} if waits and expires(value.order.verb) else {}
    return Put(ORDER, value.order.id, encode(value), expect, index | waits | ends)


def of_request(order: "Order") -> Mapping[str, str]:
    """The index entry by which an order is found that a request led to; none did where the cloud acted by itself."""
    return {"request": order.request} if order.request else {}


def orders(ledger: Ledger, where: Mapping[str, str] | None = None) -> "list[Dispatched]":
    """Orders that wait or are under way, oldest first."""
    from stratus.model.order import Dispatched

    return [value_of(document, Dispatched) for document in ledger.find(ORDER, where=where)]


@dataclass(frozen=True)
class _Bound:
    """Where an order goes: all of it that is read for that."""

    node: str


def nodes_with_orders(ledger: Ledger) -> set[str]:
    """The nodes that orders wait for or are under way on."""
    return {node.name for node, _ in nodes(ledger) if awaits_reports(ledger, node.name)}


def node_of_order(ledger: Ledger, order_id: str) -> str:
    """The node of an order; "" for one that has ended."""
    found = read(ledger, ORDER, order_id, _Bound)
    return found[0].node if found else ""


def awaits_reports(ledger: Ledger, node: str) -> bool:
    """Whether orders wait for a node or are under way there."""
    return bool(ledger.find(ORDER, where={"node": node}, limit=1))


def pages_of_orders(ledger: Ledger, where: Mapping[str, str], length: int) -> "Iterator[list[Dispatched]]":
    """Those orders, oldest first, so many at a time; what is committed meanwhile may be among them or not."""
    from stratus.model.order import Dispatched

    last = ""
    while found := ledger.find(ORDER, where=where, after=last, limit=length):
        last = found[-1].key
        yield [value_of(document, Dispatched) for document in found]
        if len(found) < length:
            return


def put_image(value: "ImageEntry", expect: int | None) -> Put:
    """The change that saves an image."""
    return Put(IMAGE, value.facts.identifier, encode(value), expect, {"name": value.name, "source": value.source})


def image_name_key(owner: str, name: str) -> str:
    """The key under which a name of an image lies: the site's are bare, and each owner's are apart."""
    return f"{owner}/{name}" if owner else name


def put_image_name(name: str, value: "ImageName", expect: int) -> Put:
    """The change that gives an image a name, which is unique among those of its owner, or of the site."""
    index = {"identifier": value.identifier, "owner": value.owner, "source": value.source, "name": name}
    return Put(IMAGE_NAME, image_name_key(value.owner, name), encode(value), expect, index)


def add_to_image_history(ledger: Ledger, identifier: str, name: str, event: "ImageEvent") -> Put:
    """The change that adds an event to an image's history, which stays when the image goes."""
    from stratus.model.image import ImageHistory

    found = read(ledger, IMAGE_HISTORY, identifier, ImageHistory)
    after, revision = found or (ImageHistory(), 0)
    return Put(IMAGE_HISTORY, identifier, encode(after.then(event)), revision, {"name": name})


def put_user(value: "User", expect: int | None) -> Put:
    """The change that saves a user. Which of the keys are theirs is for whoever changes them to save."""
    return Put(USER, value.name, encode(value), expect)


def put_key(fingerprint: str, name: str) -> Put:
    """The change that makes a key a user's; it conflicts when it is anybody's."""
    return Put(USER_KEY, fingerprint, {"user": name}, 0)


def put_group(value: "Group", expect: int | None) -> Put:
    """The change that saves a group."""
    return Put(GROUP, value.name, encode(value), expect)


def usage_key(name: str, *, of_group: bool = False) -> str:
    """The key of what an owner holds, or the members of a group together."""
    return f"{'group' if of_group else 'user'}/{name}"


def usage(ledger: Ledger, key: str) -> "tuple[Usage, int]":
    """What is held, and the document's revision: nothing and 0 when there is none."""
    from stratus.model.quota import Usage

    return read(ledger, USAGE, key, Usage) or (Usage(), 0)


def put_usage(key: str, value: "Usage", expect: int) -> Put:
    """The change that saves what is held; it conflicts when it was changed since it was read."""
    return Put(USAGE, key, encode(value), expect)


def name_key(value: Instance) -> str:
    """The key under which an instance holds its name, which is unique among those of its owner."""
    return f"{value.owner}/{value.name}"


def holdings(value: Instance) -> Iterable[Delete]:
    """The changes that give back the address and the name of an instance."""
    if value.holds_lease:
        yield Delete(ADDRESS, f"{value.lease.network}/{value.lease.address}")
        yield Delete(NAME, name_key(value))
