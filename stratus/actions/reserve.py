"""The one place where capacity, addresses and names are reserved and given back."""

import dataclasses
from collections.abc import Iterator, Sequence

from stratus.actions import records
from stratus.actions.users.accounts import Accounts
from stratus.cloud import Cloud
from stratus.drivers.ledger.protocol import Delete, Put
from stratus.errors import Conflict, NoCapacity
from stratus.model.addresses import AddressClass, lease_for, next_free
from stratus.model.instance import Instance, Lease
from stratus.model.node import Node
from stratus.model.placement import Need
from stratus.model.placement.choice import Choice, weigh, weigh_next
from stratus.model.placement.reservations import for_others, kept
from stratus.model.placement.verdict import Verdict, verdict
from stratus.model.placement.wish import Rules, Wish
from stratus.model.quota import Usage, held_by
from stratus.model.values import dataclass

MOST_NAMED = 50  # nodes whose reasons an error tells


@dataclass(frozen=True)
class Room:
    """A node that took a need, as it was read and as it shall be saved."""

    node: Node
    revision: int


class Nodes:
    """The nodes, each read once when it is asked for, with what this transaction has already promised on them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._rooms: dict[str, Room] = {}
        self._touched: set[str] = set()
        self._knows_all = False

    @property
    def all(self) -> tuple[Node, ...]:
        """All nodes, by name, with what was promised here."""
        return tuple(room.node for room in self._rooms.values())

    def place(
        self, wish: Wish, rules: Rules, what: str, count: int = 1, only: Sequence[str] = ()
    ) -> Iterator[tuple[Wish, Choice]]:
        """Reserve what the wish needs `count` times, each on the best node (of `only`, if any): the wish of each, which
        knows of those before it in its groups, and its choice, whose first taker it is.

        Raises NoCapacity with every node's reason, NotFound."""
        names = tuple(dict.fromkeys(only or self._all()))
        if not names:
            raise NoCapacity("this cloud has no node yet", hint="stratus install")
        choice = self._weigh(wish, rules, names)
        for number in range(count):
            if not choice.takers:
                said = [verdict(wish, self._node(name), rules) for name in names]
                hint = "choose a smaller --type, or end something: stratus describe"
                raise NoCapacity(_refusals(what, said), hint=hint)
            best = choice.takers[0]
            self._set(best.with_used(wish.need.added_to(best.used)))
            yield wish, choice
            following = wish.placed_on(best.name)
            if number + 1 < count:
                bound = following.together_on != wish.together_on  # what every node says changes with that
                choice = (
                    self._weigh(following, rules, names)
                    if bound
                    else weigh_next(choice, following, self._node(best.name), rules)
                )
            wish = following

    def take_on(self, name: str, need: Need, rules: Rules, what: str) -> None:
        """Reserve `need` for an instance that is on the node called `name`. Raises NoCapacity, NotFound."""
        said = verdict(Wish(need), self._node(name), rules)
        if said.refusal:
            raise NoCapacity(_refusals(what, (said,)), hint="stratus describe, and stop or kill something")
        self.add(name, need)

    def rules(self, asker: str, waiting: int = 0) -> Rules:
        """The site's rules as they are for one who asks: what is reserved for others is kept from them, and a node that
        is held for another instance than the one that is `waiting`."""
        now_s, settings = self._cloud.clock(), self._cloud.settings
        theirs = {name: for_others(room.node, asker, now_s) for name, room in self._all().items()}
        rooms = {
            name: kept(reservations, records.instances(self._cloud.ledger, {"node": name}))
            for name, reservations in theirs.items()
            if reservations
        }
        found = {document.key: int(document.body["instance"]) for document in self._cloud.ledger.find(records.HELD)}
        held = {name: f"instance {one}, which has waited long" for name, one in found.items() if one != waiting}
        return Rules(settings.ratios, settings.placement, rooms, held)

    def add(self, name: str, need: Need) -> None:
        """Count `need` for an instance that is on the node called `name`, whether there is room or not."""
        used = self._node(name).used
        self._set(self._node(name).with_used(dataclasses.replace(need.added_to(used), instances=used.instances)))

    def enter(self, instance: Instance) -> None:
        """Count everything that a living instance holds on its node, whether there is room or not."""
        off = Need(0, 0, instance.disk_mib)
        need = Need(instance.cpu, instance.ram_mib, instance.disk_mib) if instance.holds_capacity else off
        self._set(self._node(instance.node).with_used(need.added_to(self._node(instance.node).used)))

    def give_back(self, name: str, need: Need, *, instance_ends: bool) -> None:
        """Take `need` off the promises of a node."""
        node = self._node(name)
        used = need.taken_from(node.used)
        if not instance_ends:
            used = dataclasses.replace(used, instances=node.used.instances)
        self._set(node.with_used(used))

    def changes(self) -> list[Put | Delete]:
        """The changes that save what was promised; they conflict when somebody else promised meanwhile."""
        return [
            records.put_node(room.node, room.revision)
            for name, room in sorted(self._rooms.items())
            if name in self._touched
        ]

    def _weigh(self, wish: Wish, rules: Rules, names: Sequence[str]) -> Choice:
        return weigh(wish, [self._node(name) for name in names], rules)

    def _node(self, name: str) -> Node:
        if name not in self._rooms:
            self._rooms[name] = Room(*records.node(self._cloud.ledger, name))
        return self._rooms[name].node

    def _all(self) -> dict[str, Room]:
        """Every node, by name."""
        if not self._knows_all:
            read = {node.name: Room(node, revision) for node, revision in records.nodes(self._cloud.ledger)}
            self._rooms = {**read, **self._rooms}
            self._knows_all = True
        return self._rooms

    def _set(self, node: Node) -> None:
        self._rooms[node.name] = Room(node, self._rooms[node.name].revision)
        self._touched.add(node.name)


def addresses(cloud: Cloud, network: AddressClass, count: int, wanted: str, changes: list[Put | Delete]) -> list[Lease]:
    """`count` free addresses of a network, or the one that is wanted. The search goes on behind the address that was
    given out last, so that one is not used again at once; that memory's change is added to `changes`.

    Raises NoCapacity, Conflict, BadInput."""
    taken = {d.key.partition("/")[2] for d in cloud.ledger.find(records.ADDRESS, where={"network": network.name})}
    if wanted:
        address, mac = lease_for(network.pool, wanted)
        if address in taken:
            raise Conflict(f"address {address} is in use", hint="leave --address out, or: stratus describe")
        return [Lease(network.name, address, mac)]
    memory = cloud.ledger.get(records.COUNTER, f"address-{network.name}")
    last = str(memory.body["last"]) if memory else ""
    leases: list[Lease] = []
    for _ in range(count):
        found = next_free(network.pool, taken, start=last)
        if found is None:
            raise NoCapacity(
                f"the {network.name} network has no free address: {len(taken)} are in use",
                hint="end an instance, or choose another --network",
            )
        last = found[0]
        taken.add(last)
        leases.append(Lease(network.name, *found))
    changes.append(Put(records.COUNTER, f"address-{network.name}", {"last": last}, memory.revision if memory else 0))
    return leases


def hold(instance: Instance) -> list[Put]:
    """The changes that take the address and the name of an instance; they conflict when somebody else has them."""
    address = f"{instance.lease.network}/{instance.lease.address}"
    index = {"network": instance.lease.network}
    holder = {"instance": instance.id}
    return [Put(records.ADDRESS, address, holder, 0, index), Put(records.NAME, records.name_key(instance), holder, 0)]


def check_names(cloud: Cloud, owner: str, names: Sequence[str]) -> None:
    """Raise Conflict when an instance of the owner's has one of the names; others may have it too."""
    for name in names:
        own = records.instances(cloud.ledger, {"name": name, "owner": owner})
        if any(instance.holds_lease for instance in own):
            raise Conflict(f"the name {name} is taken", hint="choose another --name, or leave it out")


def hostname(cloud: Cloud, instance: Instance) -> str:
    """What name service calls it. Two owners' instances may have one name, but that leads to one address only: that of
    whose instance is older. Nobody is promised one meanwhile: whoever asks has read the counter of instances or orders
    before."""
    if instance.name == instance.domain:
        return instance.name
    alike = records.instances(cloud.ledger, {"name": instance.name})
    older = any(one.holds_lease and one.owner != instance.owner and one.id < instance.id for one in alike)
    return instance.domain if older else instance.name


def release(cloud: Cloud, instance: Instance, *, capacity: bool, lease: bool) -> tuple[Instance, list[Put | Delete]]:
    """Give back CPU and RAM, or with `lease` also disk, address and name: the instance after, and the changes."""
    if not (capacity and instance.holds_capacity) and not (lease and instance.holds_lease):
        return instance, []
    nodes, accounts, before = Nodes(cloud), Accounts(cloud), held_by(instance)
    changes: list[Put | Delete] = []
    if capacity and instance.holds_capacity:
        nodes.give_back(instance.node, Need(instance.cpu, instance.ram_mib, 0), instance_ends=False)
        instance = dataclasses.replace(instance, holds_capacity=False)
    if lease and instance.holds_lease:
        if instance.node:
            nodes.give_back(instance.node, Need(0, 0, instance.disk_mib), instance_ends=True)
        changes += records.holdings(instance)
        instance = dataclasses.replace(instance, holds_lease=False)
    accounts.add(instance.owner, held_by(instance).minus(before))
    return instance, [*nodes.changes(), *accounts.changes(), *changes]


def retake(cloud: Cloud, instance: Instance) -> tuple[Instance, list[Put | Delete]]:
    """Count CPU and RAM for an instance that runs, if it gave them back: the instance after, and the changes."""
    if instance.holds_capacity:
        return instance, []
    nodes, accounts = Nodes(cloud), Accounts(cloud)
    nodes.add(instance.node, Need(instance.cpu, instance.ram_mib, 0))
    accounts.add(instance.owner, Usage(cpu=instance.cpu, ram_mib=instance.ram_mib))
    return dataclasses.replace(instance, holds_capacity=True), [*nodes.changes(), *accounts.changes()]


def _refusals(what: str, verdicts: Sequence[Verdict]) -> str:
    reasons = [f"{said.node}: {said.refusal}" for said in verdicts[:MOST_NAMED]]
    more = [f"and {len(verdicts) - MOST_NAMED} more nodes"] if len(verdicts) > MOST_NAMED else []
    return f"no node has room for {what}: {'; '.join([*reasons, *more])}"
